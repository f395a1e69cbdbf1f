package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"reselling/models"
	"reselling/views/paths"
)

// ListNav is how a list is asked for now, and the addresses of its other pages.
type ListNav struct {
	Path       string
	Query      url.Values // filters and sort, without the page
	Prev, Next string     // keys of the pages beside this one, empty at the ends
}

// Value is what a filter is set to.
func (n ListNav) Value(name string) string { return n.Query.Get(name) }

// Narrowed reports whether anything is filtered.
func (n ListNav) Narrowed() bool {
	for name := range n.Query {
		if name != "sort" && n.Query.Get(name) != "" {
			return true
		}
	}
	return false
}

// Newer is the address of the page before this one, or empty.
func (n ListNav) Newer() string { return n.beside("before", n.Prev) }

// Older is the address of the page after this one, or empty.
func (n ListNav) Older() string { return n.beside("after", n.Next) }

func (n ListNav) beside(name, key string) string {
	if key == "" {
		return ""
	}
	return n.with(name, key)
}

// Export is the address of the whole filtered list as CSV.
func (n ListNav) Export() string { return n.with("format", "csv") }

func (n ListNav) with(pairs ...string) string {
	var all []string
	for name := range n.Query {
		if !slices.Contains(pairs, name) {
			all = append(all, name, n.Query.Get(name))
		}
	}
	return paths.With(n.Path, append(all, pairs...)...)
}

// Column is the head of a column that sorts by key: upwards first, downwards when chosen again.
func (n ListNav) Column(label, key string) Column {
	c := Column{Label: label, Href: n.with("sort", key)}
	switch n.Query.Get("sort") {
	case key:
		c.Sort, c.Href = "ascending", n.with("sort", "-"+key)
	case "-" + key:
		c.Sort = "descending"
	}
	return c
}

// Difference is one field that somebody else has changed in the meantime.
type Difference struct{ Label, Theirs, Yours string }

// differences keeps the fields in which two versions differ.
func differences(all ...Difference) []Difference {
	return slices.DeleteFunc(all, func(d Difference) bool { return d.Theirs == d.Yours })
}

// PercentTyped writes hundredths of a percent as one types them: "12.5".
func PercentTyped(hundredths int) string {
	s := strconv.Itoa(hundredths / 100)
	if rest := hundredths % 100; rest != 0 {
		s += "." + strings.TrimRight(strconv.Itoa(100 + rest)[1:], "0")
	}
	return s
}

// zoneOptions are the time zones by region, the current one among them.
func zoneOptions(current string) []Option {
	names := models.Zones()
	if current != "" && !slices.Contains(names, current) {
		names = append(names, current)
	}
	var options []Option
	for _, name := range names {
		region, place, ok := strings.Cut(name, "/")
		if !ok {
			region, place = "Other", name
		}
		options = append(options, Option{Value: name, Label: strings.ReplaceAll(strings.ReplaceAll(place, "_", " "), "/", ", "), Group: region})
	}
	return options
}

func planOptions(none string) []Option {
	options := []Option{{Value: "", Label: none}}
	for _, p := range models.Plans {
		options = append(options, Option{Value: string(p), Label: p.Name()})
	}
	return options
}

// wordsOf makes words of a code: "trial_mail" is "Trial mail".
func wordsOf(code string) string {
	s := strings.NewReplacer("_", " ", ".", " ").Replace(code)
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// shown is c, or nothing.
func shown(really bool, c templ.Component) templ.Component {
	if really {
		return c
	}
	return nil
}

func typed(n int) string { return strconv.Itoa(n) }

// Sorted keeps the sort of a list while its filters change.
func (n ListNav) Sorted() map[string]string {
	if n.Query.Get("sort") == "" {
		return nil
	}
	return map[string]string{"sort": n.Query.Get("sort")}
}

// Kept are the named filters that have no control of their own.
func (n ListNav) Kept(names ...string) map[string]string {
	kept := map[string]string{}
	for _, name := range names {
		if v := n.Query.Get(name); v != "" {
			kept[name] = v
		}
	}
	return kept
}
