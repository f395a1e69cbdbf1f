package views

import (
	"reselling/models"
	"reselling/views/paths"
)

// RequestForm is a request for an exception as typed.
type RequestForm struct {
	Kind       string `form:"kind"`
	TrialID    string `form:"trial_id"`
	ClientID   string `form:"client_id"`
	Product    string `form:"product"`
	Days       string `form:"days"`
	Reason     string `form:"reason"`
	RequestKey string `form:"request_key"`
}

// DecisionForm is the answer of staff to a request as typed.
type DecisionForm struct {
	Decision string `form:"decision"` // "grant" or "decline"
	Days     string `form:"days"`
	Answer   string `form:"answer"`
}

// requestWords name a kind within a sentence: "asked for an extra trial".
func requestWords(k models.RequestKind) string {
	switch k {
	case models.ExtraTrial:
		return "an extra trial"
	case models.Extension:
		return "an extension"
	case models.AnotherTrial:
		return "another trial"
	}
	return string(k)
}

// requestNames name a kind on its own: "Extra trial".
var requestNames = map[models.RequestKind]string{models.ExtraTrial: "Extra trial", models.Extension: "Extension", models.AnotherTrial: "Another trial"}

func requestTone(s models.RequestStatus) Tone {
	switch s {
	case models.RequestWaiting:
		return Warning
	case models.RequestGranted:
		return Success
	case models.RequestDeclined:
		return Danger
	case models.RequestWithdrawn:
	}
	return Neutral
}

// requestSubject says what a request in a list is about.
func requestSubject(r models.RequestRow) string {
	if r.Kind == models.ExtraTrial {
		return MonthText(string(r.Month))
	}
	return r.ProductName + " for " + r.Company
}

// requestDays says how many days an extension asks for or was granted.
func requestDays(r models.Request) string {
	days := r.Days
	if r.Granted {
		days = r.GrantedDays
	}
	if days == 0 {
		return ""
	}
	return Plural(days, "day", "days")
}

func requestStateOptions(all string) []Option {
	options := []Option{{"", all, ""}}
	for _, s := range models.RequestStatuses {
		options = append(options, Option{Value: string(s), Label: wordsOf(string(s))})
	}
	return options
}

func requestKindOptions() []Option {
	options := []Option{{"", "All kinds", ""}}
	for _, k := range models.RequestKinds {
		options = append(options, Option{Value: string(k), Label: requestNames[k]})
	}
	return options
}

// ExtraTrialRequest is where an extra trial of the running month is asked for.
func ExtraTrialRequest() string {
	return paths.With(paths.NewRequest(), "kind", string(models.ExtraTrial))
}

func extensionRequest(trialID string) string {
	return paths.With(paths.NewRequest(), "kind", string(models.Extension), "trial", trialID)
}

func anotherTrialRequest(clientID, product string) string {
	return paths.With(paths.NewRequest(), "kind", string(models.AnotherTrial), "client", clientID, "product", product)
}

// RequestCells are a request's columns in a CSV file.
func RequestCells(r models.RequestRow) []string {
	decided, answered := "", ""
	if r.DecidedAt != nil {
		decided, answered = machine(*r.DecidedAt), r.Answer
	}
	withdrawn := ""
	if r.WithdrawnAt != nil {
		withdrawn = machine(*r.WithdrawnAt)
	}
	return []string{r.ID, r.AccountName, string(r.Kind), string(r.Status()), string(r.Month), r.Company, r.ClientEmail, r.ProductName, requestDays(r.Request), r.Reason,
		machine(r.RequestedAt), r.RequestedName, decided, r.DecidedName, answered, withdrawn}
}

// RequestColumns head RequestCells.
var RequestColumns = []string{"id", "account", "kind", "state", "month", "client", "client_email", "product", "days", "reason", "requested_at", "requested_by", "decided_at", "decided_by", "answer", "withdrawn_at"}
