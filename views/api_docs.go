package views

// APIReferencePage is the OpenAPI document for people.
type APIReferencePage struct {
	Server string // address that all paths begin with
	Lead   string
	Groups []APIGroup
	Types  []APIType
	Codes  []APICode
}

// APIGroup is the operations of one tag.
type APIGroup struct {
	Name, Text string
	Operations []APIOperation
}

// APIOperation is one operation.
type APIOperation struct {
	ID, Method, Path, Summary, Text string
	Token, Scope                    string // who may; empty for anybody
	Parameters                      []APIField
	BodyType                        APITypeName
	BodyKind, BodyExample           string
	Answers, Problems               []APIAnswer
}

// APIField is a parameter, or a field of a type.
type APIField struct {
	Name, Where string
	Type        APITypeName
	Required    bool
	Text        string
}

// APITypeName names a type; IsLink says that it is explained on the page.
type APITypeName struct {
	Name           string
	IsLink, IsList bool
}

// APIAnswer is what an operation answers with a status.
type APIAnswer struct {
	Status, Text, Kind string
	Type               APITypeName
	Example            string
}

// APIType is an object that the API takes or gives.
type APIType struct {
	Name, Text string
	Fields     []APIField
}

// APICode is a stable word in a problem.
type APICode struct{ Code, Status, Meaning string }

func (o APIOperation) access() string {
	switch o.Token {
	case "account":
		return "An account's token with the scope " + o.Scope + "."
	case "vendor":
		return "A vendor's token with the scope " + o.Scope + "."
	}
	return "Anybody: no token."
}

func (o APIOperation) tone() Tone {
	if o.Method == "GET" { //nolint:usestdlibvars // pages know no net/http
		return Info
	}
	return Success
}

func (o APIOperation) problems() string {
	all := ""
	for i, p := range o.Problems {
		if i > 0 {
			all += ", "
		}
		all += p.Status + " " + p.Text
	}
	return all
}

const moneyExample = `{"amount": 9999, "currency": "EUR"}`
