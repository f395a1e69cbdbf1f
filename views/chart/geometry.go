package chart

import "strconv"

// The drawing's size in its own units; it scales with the page.
const (
	width  = 720
	height = 200
	bottom = 24
	top    = 10
)

type gridLine struct{ y, label string }

// grid places up to five lines at whole numbers.
func grid(bars []Bar) []gridLine {
	peak, step := scale(bars)
	var lines []gridLine
	for v := 0; v <= peak; v += step {
		lines = append(lines, gridLine{y: number(level(v, peak)), label: grouped(v)})
	}
	return lines
}

// left is the room for the labels of the axis, which are larger on phones.
func left(bars []Bar) int {
	peak, _ := scale(bars)
	return max(32, 14+8*len(grouped(peak)))
}

// grouped writes thousands apart, as amounts are written.
func grouped(v int) string {
	s := strconv.Itoa(v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// scale returns the highest value of the axis and the distance of its lines.
func scale(bars []Bar) (peak, step int) {
	highest := 1
	for _, b := range bars {
		highest = max(highest, b.Value)
	}
	step = 1
	for _, factor := range []int{2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000, 500000, 1000000, 10000000, 100000000, 1000000000} {
		if highest <= 4*step {
			break
		}
		step = factor
	}
	return (highest + step - 1) / step * step, step
}

func level(value, peak int) float64 {
	return top + float64(height-top-bottom)*(1-float64(value)/float64(peak))
}

type placed struct{ x, y, width, height, middle, hit, span string }

func column(i int, bars []Bar) placed {
	peak, _ := scale(bars)
	axis := left(bars)
	span := float64(width-axis) / float64(len(bars))
	wide := min(span*0.62, 40)
	from := float64(axis) + span*float64(i)
	y := level(bars[i].Value, peak)
	return placed{
		x: number(from + (span-wide)/2), y: number(y), width: number(wide), height: number(height - bottom - y),
		middle: number(from + span/2), hit: number(from), span: number(span),
	}
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
