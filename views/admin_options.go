package views

// countryOptions are the countries, the current one among them.
func countryOptions(current string) []Option {
	return []Option{{"ES", "Spain", ""}, {"US", "United States", ""}, {"GB", "United Kingdom", ""}, {"DE", "Germany", ""}}
}

func countryName(code string) string { return code }
