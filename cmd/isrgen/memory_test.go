package main

import "testing"

func TestCollectionPercent(t *testing.T) {
	for _, test := range []struct {
		live uint64
		want int
	}{
		{0, 3200}, {1 << 20, 3200}, {32 << 20, 400}, {128 << 20, 100}, {1 << 30, 75}, {1 << 40, 75},
	} {
		if got := collectionPercent(test.live); got != test.want {
			t.Errorf("%d bytes stay: %d %%, want %d %%", test.live, got, test.want)
		}
	}
}
