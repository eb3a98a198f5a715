package asset

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"

	"github.com/isrgen/isrgen/generator/render"
)

// turned turns an image counter-clockwise by 0, 90, 180 or 270 degrees.
func turned(img image.Image, degrees int) image.Image {
	if degrees == 0 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	size := image.Rect(0, 0, h, w)
	if degrees == 180 {
		size = image.Rect(0, 0, w, h)
	}
	result := image.NewNRGBA(size)
	for y := range h {
		for x := range w {
			c := color.NRGBAModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.NRGBA)
			switch degrees {
			case 90:
				result.SetNRGBA(y, w-1-x, c)
			case 180:
				result.SetNRGBA(w-1-x, h-1-y, c)
			default:
				result.SetNRGBA(h-1-y, x, c)
			}
		}
	}
	return result
}

// busySide is how large an image is made to look for where there is most to see.
const busySide = 128

// busiest is where a part of an image with a size has most to see: where neighbours differ most. Of equal places the one nearest to the
// middle is taken.
func busiest(img image.Image, width, height int) image.Point {
	b := img.Bounds()
	factor := max(1, float64(max(b.Dx(), b.Dy()))/busySide)
	small := func(n int) int { return max(1, int(float64(n)/factor)) }
	gray := image.NewGray(image.Rect(0, 0, small(b.Dx()), small(b.Dy())))
	draw.ApproxBiLinear.Scale(gray, gray.Bounds(), img, b, draw.Src, nil)
	w, h := gray.Rect.Dx(), gray.Rect.Dy()
	partW, partH := min(small(width), w), min(small(height), h)
	sums := detail(gray)
	sum := func(x, y int) int {
		return sums[(y+partH)*(w+1)+x+partW] - sums[y*(w+1)+x+partW] - sums[(y+partH)*(w+1)+x] + sums[y*(w+1)+x]
	}
	best, bestSum, bestAway := image.Point{}, -1, 0
	for y := 0; y <= h-partH; y++ {
		for x := 0; x <= w-partW; x++ {
			dx, dy := 2*x-(w-partW), 2*y-(h-partH)
			away := dx*dx + dy*dy
			if s := sum(x, y); s > bestSum || s == bestSum && away < bestAway {
				best, bestSum, bestAway = image.Point{x, y}, s, away
			}
		}
	}
	return image.Point{place(best.X, w-partW, b.Dx()-width), place(best.Y, h-partH, b.Dy()-height)}
}

// place carries a place among some over to a place among others.
func place(at, of, free int) int {
	if of == 0 {
		return free / 2
	}
	return at * free / of
}

// detail sums up, from the top left on, how much each pixel differs from its neighbours.
func detail(gray *image.Gray) []int {
	w, h := gray.Rect.Dx(), gray.Rect.Dy()
	sums := make([]int, (w+1)*(h+1))
	at := func(x, y int) int { return int(gray.Pix[min(y, h-1)*gray.Stride+min(x, w-1)]) }
	for y := range h {
		row := 0
		for x := range w {
			row += abs(at(x+1, y)-at(x, y)) + abs(at(x, y+1)-at(x, y))
			sums[(y+1)*(w+1)+x+1] = sums[y*(w+1)+x+1] + row
		}
	}
	return sums
}

func abs(n int) int { return max(n, -n) }

// filtered applies a filter.
func filtered(img image.Image, filter render.ImageFilter) image.Image {
	result := image.NewNRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(result, result.Bounds(), img, img.Bounds().Min, draw.Src)
	if filter.Name == "blur" {
		return blurred(result, filter.Args[0])
	}
	if filter.Name == "grayscale" {
		for i := 0; i < len(result.Pix); i += 4 {
			g := (299*int(result.Pix[i]) + 587*int(result.Pix[i+1]) + 114*int(result.Pix[i+2]) + 500) / 1000
			result.Pix[i], result.Pix[i+1], result.Pix[i+2] = uint8(g), uint8(g), uint8(g)
		}
		return result
	}
	var table [256]uint8
	for i := range table {
		table[i] = uint8(math.Round(255 * min(1, max(0, tone(filter, float64(i)/255)))))
	}
	for i := range result.Pix {
		if i%4 != 3 {
			result.Pix[i] = table[result.Pix[i]]
		}
	}
	return result
}

// tone is what a filter makes of a part of a colour, from 0 to 1.
func tone(filter render.ImageFilter, v float64) float64 {
	switch filter.Name {
	case "invert":
		return 1 - v
	case "brightness":
		return v + filter.Args[0]/100
	case "contrast":
		return (v-0.5)*(1+filter.Args[0]/100) + 0.5
	case "gamma":
		return math.Pow(v, 1/filter.Args[0])
	}
	return v
}

// blurred blurs an image, in one direction after the other.
func blurred(img *image.NRGBA, sigma float64) image.Image {
	radius := int(math.Ceil(3 * sigma))
	weights := make([]float64, 2*radius+1)
	total := 0.0
	for i := range weights {
		d := float64(i - radius)
		weights[i] = math.Exp(-d * d / (2 * sigma * sigma))
		total += weights[i]
	}
	for i := range weights {
		weights[i] /= total
	}
	return blurredAlong(blurredAlong(img, weights, 1, 0), weights, 0, 1)
}

func blurredAlong(img *image.NRGBA, weights []float64, dx, dy int) *image.NRGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	radius := len(weights) / 2
	result := image.NewNRGBA(img.Rect)
	for y := range h {
		for x := range w {
			var sum [4]float64 // the colours by how much of them is seen
			for i, weight := range weights {
				px, py := min(max(x+(i-radius)*dx, 0), w-1), min(max(y+(i-radius)*dy, 0), h-1)
				p := img.Pix[py*img.Stride+4*px:]
				a := weight * float64(p[3])
				sum[0], sum[1], sum[2], sum[3] = sum[0]+a*float64(p[0]), sum[1]+a*float64(p[1]), sum[2]+a*float64(p[2]), sum[3]+a
			}
			to := result.Pix[y*result.Stride+4*x:]
			if sum[3] > 0 {
				for c := range 3 {
					to[c] = uint8(math.Round(sum[c] / sum[3]))
				}
			}
			to[3] = uint8(math.Round(min(255, sum[3])))
		}
	}
	return result
}
