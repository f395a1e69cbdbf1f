package views

import "reselling/models"

// countryOptions are the countries; a current one that is none is kept, to be corrected.
func countryOptions(current string) []Option {
	all := models.Countries()
	options := make([]Option, 0, len(all)+1)
	for _, c := range all {
		options = append(options, Option{Value: c.Code, Label: c.Name})
	}
	if current != "" && models.CountryName(current) == "" {
		options = append(options, Option{Value: current, Label: current})
	}
	return options
}

// countryName is the country with code, or code if there is none.
func countryName(code string) string {
	if name := models.CountryName(code); name != "" {
		return name
	}
	return code
}
