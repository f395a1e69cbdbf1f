package chart_test

import (
	"strings"
	"testing"

	"reselling/views/chart"
)

func TestBarsShowEveryValueTwice(t *testing.T) {
	var b strings.Builder
	bars := []chart.Bar{{Label: "Jan", Long: "January 2026", Value: 0}, {Label: "Feb", Long: "February 2026", Value: 7}, {Label: "Mar", Long: `<script>`, Value: 1234567}}
	if err := chart.Bars("Trials per month", "trials", bars).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	for _, want := range []string{"<title>January 2026: 0 trials</title>", "<title>February 2026: 7 trials</title>", `<th scope="row">February 2026</th><td>7</td>`, "&lt;script&gt;", "1234567", ">1,500,000<"} {
		if !strings.Contains(out, want) {
			t.Errorf("chart lacks %q", want)
		}
	}
	for _, never := range []string{"style=", "<script>", "NaN", "Inf", `height="-`} {
		if strings.Contains(out, never) {
			t.Errorf("chart holds %q", never)
		}
	}
	if n := strings.Count(out, "chart-grid"); n < 2 || n > 6 {
		t.Errorf("%d grid lines", n)
	}
}

func TestBarsSayAmounts(t *testing.T) {
	var b strings.Builder
	if err := chart.Bars("Billed per month", "EUR", []chart.Bar{{Label: "Jan", Long: "January 2026", Value: 1250, Text: "1,250.50 EUR"}}).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<title>January 2026: 1,250.50 EUR</title>", "<td>1,250.50 EUR</td>"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("chart lacks %q", want)
		}
	}
}

func TestBarsWithoutColumns(t *testing.T) {
	var b strings.Builder
	if err := chart.Bars("Empty", "trials", nil).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "NaN") {
		t.Error("NaN in an empty chart")
	}
}
