package strictyaml

import "slices"

// places are where the lines of a text end.
type places []int

func placesOf(text []byte) places {
	var breaks places
	for i, c := range text {
		if c == '\n' {
			breaks = append(breaks, i)
		}
	}
	return breaks
}

// at gives the line and column, from 1, of an offset.
func (p places) at(offset int) (line, column int) {
	before, _ := slices.BinarySearch(p, offset)
	if before == 0 {
		return 1, offset + 1
	}
	return before + 1, offset - p[before-1]
}
