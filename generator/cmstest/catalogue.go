package cmstest

import (
	"fmt"
	"strings"
	"time"
)

// Catalogue makes n products, the same ones each time: those of the sample site testdata/site/shop.
func Catalogue(n int) []Item {
	kinds := []string{"Lamp", "Chair", "Kettle", "Basket", "Clock", "Blanket", "Bowl"}
	colours := []string{"red", "blue", "green", "grey", "black"}
	items := make([]Item, n)
	for i := range items {
		kind, colour := kinds[i%len(kinds)], colours[i/len(kinds)%len(colours)]
		items[i] = Item{
			Slug:        fmt.Sprintf("%s-%05d", strings.ToLower(kind), i),
			Name:        fmt.Sprintf("%s no. %d, %s", kind, i, colour),
			Price:       float64(i*37%9900+100) / 100,
			Published:   time.Date(2020, 1, 1, i/4, 0, 0, 0, time.UTC).Format(time.RFC3339),
			Tags:        []Tag{{Name: kind}},
			Description: fmt.Sprintf("A %s **%s** for every room.\n\n- number %d\n", colour, strings.ToLower(kind), i),
		}
	}
	return items
}
