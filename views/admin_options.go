package views

import "reselling/models"

func adminCountries() []Option {
	var options []Option
	for _, c := range models.Countries() {
		options = append(options, Option{Value: c.Code, Label: c.Name})
	}
	return options
}

func adminCurrencies() []Option {
	var options []Option
	for _, c := range models.Currencies() {
		options = append(options, Option{Value: c.Code, Label: c.Code + " – " + c.Name})
	}
	return options
}

func staffRoleOptions(all string) []Option {
	var options []Option
	if all != "" {
		options = append(options, Option{Value: "", Label: all})
	}
	for _, r := range []models.StaffRole{models.Administrator, models.CustomerSuccess, models.Finance, models.Support} {
		options = append(options, Option{Value: string(r), Label: StaffRoleName(r)})
	}
	return options
}

func staffRoleChoices() []Choice {
	return []Choice{
		{Value: string(models.Support), Label: "Support", Note: "Reads everything but mail and jobs."},
		{Value: string(models.CustomerSuccess), Label: "Customer Success", Note: "Creates and changes accounts."},
		{Value: string(models.Finance), Label: "Finance", Note: "Reads accounts; invoices and payments."},
		{Value: string(models.Administrator), Label: "Administrator", Note: "Everything: plans, products, staff, mail box, jobs."},
	}
}
