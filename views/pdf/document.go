// Package pdf puts documents on paper: pure functions of what is to be shown, so
// that the same document always gives the same bytes.
package pdf

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png" // logos
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"reselling/models"
)

// Sizes in points and millimetres.
const (
	small, normal, large, huge = 8.0, 9.5, 12.0, 20.0 // points

	margin      = 18.0
	footer      = 22.0 // from the lower edge up
	pad         = 1.6  // above and below what stands in a row
	gap         = 3.0  // between columns
	leading     = 1.35
	millimetres = 25.4 / 72
)

// colour is red, green and blue.
type colour [3]int

var (
	ink   = colour{28, 32, 40}
	faint = colour{96, 104, 116}
	rule  = colour{205, 210, 218}
)

// sheet describes a document.
type sheet struct {
	title  string // in the reader's window and at the head of the pages after the first
	foot   string // at the left of each page's foot
	paper  models.Paper
	issued time.Time // in the document's properties
	author string
	accent colour // of headings; zero is ink
}

// document is being drawn. Errors stay in the writer until the end.
type document struct {
	*fpdf.Fpdf
	sheet
	width float64 // between the margins
	pages int     // in all; 0 while they are being counted
	err   error
}

// draw returns the bytes of what paint draws. It paints twice: how many pages
// there are is known after the first time.
func draw(s sheet, paint func(*document)) ([]byte, error) {
	count, err := painted(s, 0, paint)
	if err != nil {
		return nil, err
	}
	d, err := painted(s, count.PageCount(), paint)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := d.Output(&out); err != nil {
		return nil, fmt.Errorf("%s: %w", s.title, err)
	}
	return out.Bytes(), nil
}

func painted(s sheet, pages int, paint func(*document)) (*document, error) {
	size := "A4"
	if s.paper == models.LetterPaper {
		size = "Letter"
	}
	d := &document{Fpdf: fpdf.New("P", "mm", size, ""), sheet: s, pages: pages}
	d.AddUTF8FontFromBytes("sans", "", regular)
	d.AddUTF8FontFromBytes("sans", "B", bold)
	d.AddUTF8FontFromBytes("mono", "", mono)
	d.SetCatalogSort(true)
	d.SetCreationDate(s.issued.UTC())
	d.SetModificationDate(s.issued.UTC())
	d.SetTitle(d.clean(s.title), true)
	d.SetAuthor(d.clean(s.author), true)
	d.SetLang("en")
	d.SetMargins(margin, margin, margin)
	d.SetCellMargin(0)
	d.SetAutoPageBreak(false, footer)
	w, _ := d.GetPageSize()
	d.width = w - 2*margin
	d.SetFooterFunc(d.drawFoot)
	d.page()
	paint(d)
	d.Close()
	if d.err != nil {
		return nil, d.err
	}
	if err := d.Error(); err != nil {
		return nil, fmt.Errorf("%s: %w", s.title, err)
	}
	return d, nil
}

func (d *document) clean(s string) string {
	p, err := printable(s)
	if err != nil && d.err == nil {
		d.err = err
	}
	return p
}

// page begins a new page.
func (d *document) page() {
	first := d.PageCount() == 0
	d.AddPage()
	if first {
		return
	}
	d.style("", small, faint)
	d.line(margin, d.width, d.title, "L")
	d.SetY(margin + 8)
}

func (d *document) drawFoot() {
	_, h := d.GetPageSize()
	d.SetY(h - footer + 8)
	d.style("", small, faint)
	of := "Page " + strconv.Itoa(d.PageNo())
	if d.pages > 0 {
		of += " of " + strconv.Itoa(d.pages)
	}
	y := d.GetY()
	d.line(margin, d.width*3/4, d.foot, "L")
	d.SetY(y)
	d.line(margin+d.width*3/4, d.width/4, of, "R")
}

func (d *document) style(style string, size float64, c colour) {
	family := "sans"
	if style == "M" {
		family, style = "mono", ""
	}
	d.SetFont(family, style, size)
	d.SetTextColor(c[0], c[1], c[2])
}

// pitch is the height of a line of the font that is set.
func (d *document) pitch() float64 {
	points, _ := d.GetFontSize()
	return points * millimetres * leading
}

// bottom is where a page ends.
func (d *document) bottom() float64 {
	_, h := d.GetPageSize()
	return h - footer
}

// room begins a new page unless height is left.
func (d *document) room(height float64) {
	if d.GetY()+height > d.bottom() {
		d.page()
	}
}

// line writes one line, cut where it does not fit, and goes to the next.
func (d *document) line(x, w float64, text, align string) {
	text = d.clean(text)
	if lines := d.SplitText(text, w); len(lines) > 1 {
		text = strings.TrimRight(lines[0], " ") + "…"
	}
	d.write(x, w, text, align)
	d.SetY(d.GetY() + d.pitch())
}

// write puts clean text at the height where d is.
func (d *document) write(x, w float64, text, align string) {
	y := d.GetY()
	d.SetX(x)
	d.CellFormat(w, d.pitch(), text, "", 0, align+"M", false, 0, "")
	d.SetXY(margin, y)
}

// split breaks text into the lines that fit between x and x+w.
func (d *document) split(text string, w float64) []string {
	var all []string
	for paragraph := range strings.SplitSeq(d.clean(text), "\n") {
		lines := d.SplitText(paragraph, w)
		if len(lines) == 0 {
			lines = []string{""}
		}
		all = append(all, lines...)
	}
	return all
}

// paragraph writes text over the whole width, over pages if need be.
func (d *document) paragraph(style string, size float64, c colour, text string) {
	d.style(style, size, c)
	for _, l := range d.split(text, d.width) {
		d.room(d.pitch())
		d.style(style, size, c)
		d.write(margin, d.width, l, "L")
		d.SetY(d.GetY() + d.pitch())
	}
}

func (d *document) text(text string) { d.paragraph("", normal, ink, text) }
func (d *document) note(text string) { d.paragraph("", small, faint, text) }

// heading stands with some of what follows it.
func (d *document) heading(text string) {
	d.SetY(d.GetY() + 5)
	d.room(20)
	d.paragraph("B", large, d.accentOr(ink), text)
	d.SetY(d.GetY() + 1)
}

func (d *document) skip(height float64) { d.SetY(d.GetY() + height) }

func (d *document) accentOr(c colour) colour {
	if d.accent == (colour{}) {
		return c
	}
	return d.accent
}

// head writes the document's kind and number, and a logo (PNG) beside them.
func (d *document) head(title, sub string, logo []byte) {
	top := d.GetY()
	w := d.width
	bottom := top
	if len(logo) > 0 {
		bottom = top + d.logo(logo, 55, 22)
		w -= 60
	}
	d.style("B", huge, d.accentOr(ink))
	for _, l := range d.split(title, w) {
		d.write(margin, w, l, "L")
		d.skip(d.pitch())
	}
	d.style("", large, faint)
	for _, l := range d.split(sub, w) {
		d.write(margin, w, l, "L")
		d.skip(d.pitch())
	}
	d.SetY(max(d.GetY(), bottom) + 6)
}

// logo draws a PNG at the right margin, no larger than the box, and returns its height.
func (d *document) logo(png []byte, w, h float64) float64 {
	picture, _, err := image.DecodeConfig(bytes.NewReader(png))
	if err != nil || picture.Width == 0 || picture.Height == 0 {
		if d.err == nil {
			d.err = fmt.Errorf("logo: %w", err)
		}
		return 0
	}
	ratio := float64(picture.Width) / float64(picture.Height)
	if w/h > ratio {
		w = h * ratio
	} else {
		h = w / ratio
	}
	options := fpdf.ImageOptions{ImageType: "PNG"}
	d.RegisterImageOptionsReader("logo", options, bytes.NewReader(png))
	d.ImageOptions("logo", margin+d.width-w, d.GetY(), w, h, false, options, 0, "")
	return h
}

// columns writes blocks of text beside each other, each below its label.
func (d *document) columns(blocks ...[2]string) {
	cols := make([]column, len(blocks))
	labels, texts := make([]string, len(blocks)), make([]string, len(blocks))
	for i, b := range blocks {
		cols[i] = column{share: 1}
		labels[i], texts[i] = b[0], b[1]
	}
	d.style("B", small, faint)
	d.row(cols, labels, "B", small, faint)
	d.row(cols, texts, "", normal, ink)
	d.skip(2)
}

// column is one of a table; shares divide the width.
type column struct {
	title string
	share float64
	right bool // numbers
	faint bool // labels
}

// table writes rows below their titles, which stand again on each page.
func (d *document) table(cols []column, rows [][]string) {
	titles := make([]string, len(cols))
	for i, c := range cols {
		titles[i] = c.title
	}
	head := func() {
		d.row(cols, titles, "B", small, faint)
		d.stroke()
	}
	d.room(25)
	head()
	for _, r := range rows {
		if d.tall(cols, r, normal) > d.bottom()-d.GetY() && d.tall(cols, r, normal) < d.bottom()-margin-30 {
			d.page()
			head()
		}
		before := d.PageNo()
		d.rowOver(cols, r, "", normal, ink, head)
		if d.PageNo() == before || d.GetY() > margin+12 {
			d.stroke()
		}
	}
}

// stroke draws a thin line over the width.
func (d *document) stroke() {
	d.SetDrawColor(rule[0], rule[1], rule[2])
	d.SetLineWidth(0.2)
	d.Line(margin, d.GetY(), margin+d.width, d.GetY())
}

func (d *document) tall(cols []column, cells []string, size float64) float64 {
	d.style("", size, ink)
	most := 0
	for i, c := range d.widths(cols) {
		most = max(most, len(d.split(cells[i], c)))
	}
	return float64(most)*d.pitch() + 2*pad
}

func (d *document) widths(cols []column) []float64 {
	var sum float64
	for _, c := range cols {
		sum += c.share
	}
	free := d.width - gap*float64(len(cols)-1)
	all := make([]float64, len(cols))
	for i, c := range cols {
		all[i] = free * c.share / sum
	}
	return all
}

func (d *document) row(cols []column, cells []string, style string, size float64, c colour) {
	d.rowOver(cols, cells, style, size, c, func() {})
}

// rowOver writes a row, line by line, over pages if need be; each further page
// begins with head.
func (d *document) rowOver(cols []column, cells []string, style string, size float64, c colour, head func()) {
	widths := d.widths(cols)
	split := make([][]string, len(cols))
	most := 0
	d.style(style, size, c)
	for i, w := range widths {
		split[i] = d.split(cells[i], w)
		most = max(most, len(split[i]))
	}
	d.skip(pad)
	for n := range most {
		if d.GetY()+d.pitch() > d.bottom() {
			d.page()
			head()
			d.skip(pad)
		}
		x := margin
		for i, w := range widths {
			if n < len(split[i]) {
				shade, align := c, "L"
				if cols[i].faint {
					shade = faint
				}
				d.style(style, size, shade)
				if cols[i].right {
					align = "R"
				}
				d.write(x, w, split[i][n], align)
			}
			x += w + gap
		}
		d.skip(d.pitch())
	}
	d.skip(pad)
}

// totals writes amounts at the right; the last one is what counts.
func (d *document) totals(rows [][2]string) {
	cols := []column{{share: 2}, {share: 1.4}, {share: 1, right: true}}
	for i, r := range rows {
		d.room(d.pitch() + 2*pad)
		if i == len(rows)-1 {
			d.row(cols, []string{"", r[0], r[1]}, "B", large, ink)
			continue
		}
		d.row(cols, []string{"", r[0], r[1]}, "", normal, ink)
	}
}

// facts writes labels and what they say, below each other.
func (d *document) facts(rows [][2]string) {
	cols := []column{{share: 1, faint: true}, {share: 2.6}}
	for _, r := range rows {
		if r[1] != "" {
			d.row(cols, []string{r[0], r[1]}, "", normal, ink)
			d.skip(-pad) // closer than the rows of a table
		}
	}
	d.skip(pad)
}

// formatted writes a day in words: "23 November 2026".
func formatted(d models.Date) string { return d.Time().Format("2 January 2006") }

// block joins the lines that say something.
func block(lines ...string) string {
	var all []string
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			all = append(all, l)
		}
	}
	return strings.Join(all, "\n")
}
