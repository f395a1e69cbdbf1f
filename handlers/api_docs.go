package handlers

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"reselling/handlers/api"
	"reselling/views"
)

// apiDocs shows the OpenAPI document to people.
func (h *handlers) apiDocs(c echo.Context) error {
	return h.render(c, http.StatusOK, views.APIReference(h.reference()))
}

// writeReference is what /api/docs shows; it stays the same while the program runs.
func writeReference(doc *huma.OpenAPI, codes []api.Code) views.APIReferencePage {
	r := reader{doc}
	p := views.APIReferencePage{Server: doc.Servers[0].URL, Lead: doc.Info.Description}
	for _, tag := range doc.Tags {
		group := views.APIGroup{Name: tag.Name, Text: tag.Description}
		for path, item := range doc.Paths {
			for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
				if op != nil && slices.Contains(op.Tags, tag.Name) {
					group.Operations = append(group.Operations, r.operation(method, path, op))
				}
			}
		}
		slices.SortFunc(group.Operations, func(a, b views.APIOperation) int {
			return strings.Compare(a.Path+" "+methodOrder[a.Method], b.Path+" "+methodOrder[b.Method])
		})
		if len(group.Operations) > 0 {
			p.Groups = append(p.Groups, group)
		}
	}
	schemas := doc.Components.Schemas.Map()
	for name, schema := range schemas {
		p.Types = append(p.Types, views.APIType{Name: name, Text: schema.Description, Fields: r.fields(schema)})
	}
	slices.SortFunc(p.Types, func(a, b views.APIType) int { return strings.Compare(a.Name, b.Name) })
	for _, code := range codes {
		p.Codes = append(p.Codes, views.APICode{Code: code.Code, Status: strconv.Itoa(code.Status), Meaning: code.Meaning})
	}
	return p
}

var methodOrder = map[string]string{"GET": "1", "POST": "2", "PUT": "3", "PATCH": "4", "DELETE": "5"}

// reader reads an OpenAPI document for people.
type reader struct{ doc *huma.OpenAPI }

func (r reader) operation(method, path string, op *huma.Operation) views.APIOperation {
	o := views.APIOperation{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Text: op.Description}
	for _, scheme := range op.Security {
		for name := range scheme {
			scope, _ := op.Extensions["x-scope"].(string)
			o.Token, o.Scope = name, scope
		}
	}
	for _, p := range op.Parameters {
		o.Parameters = append(o.Parameters, views.APIField{Name: p.Name, Where: p.In, Type: r.typeOf(p.Schema), Required: p.Required, Text: text(p.Description, r.resolve(p.Schema))})
	}
	if op.RequestBody != nil {
		for kind, media := range op.RequestBody.Content {
			o.BodyType, o.BodyKind = r.typeOf(media.Schema), kind
			o.BodyExample = r.example(media.Schema)
		}
	}
	for _, status := range slices.Sorted(keys(op.Responses)) {
		answer := views.APIAnswer{Status: status, Text: op.Responses[status].Description}
		for kind, media := range op.Responses[status].Content {
			answer.Type, answer.Kind = r.typeOf(media.Schema), kind
			if status < "300" && kind == "application/json" {
				answer.Example = r.example(media.Schema)
			}
		}
		if status < "300" {
			o.Answers = append(o.Answers, answer)
		} else {
			o.Problems = append(o.Problems, answer)
		}
	}
	return o
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (r reader) resolve(s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return r.doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// typeOf is a schema in words; what has a name of its own is linked by it.
func (r reader) typeOf(s *huma.Schema) views.APITypeName {
	switch {
	case s == nil:
		return views.APITypeName{}
	case s.Ref != "":
		name := s.Ref[strings.LastIndex(s.Ref, "/")+1:]
		return views.APITypeName{Name: name, IsLink: true}
	case s.Type == "array":
		of := r.typeOf(s.Items)
		of.IsList = true
		return of
	}
	name := s.Type
	if s.Format != "" && s.Format != "int64" && s.Format != "int32" {
		name += " (" + s.Format + ")"
	}
	if s.Nullable {
		name += " or null"
	}
	return views.APITypeName{Name: name}
}

// text is a description and what its schema allows.
func text(description string, s *huma.Schema) string {
	if s == nil {
		return description
	}
	if description == "" {
		description = s.Description
	}
	if s.Items != nil && len(s.Enum) == 0 {
		s = s.Items
	}
	var more []string
	if len(s.Enum) > 0 {
		var words []string
		for _, v := range s.Enum {
			if word, ok := v.(string); ok && word != "" {
				words = append(words, word)
			}
		}
		more = append(more, "One of: "+strings.Join(words, ", ")+".")
	}
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		more = append(more, "From "+number(*s.Minimum)+" to "+number(*s.Maximum)+".")
	case s.Minimum != nil:
		more = append(more, "At least "+number(*s.Minimum)+".")
	}
	if s.MaxLength != nil {
		more = append(more, "At most "+strconv.Itoa(*s.MaxLength)+" characters.")
	}
	if s.Default != nil {
		if b, err := json.Marshal(s.Default); err == nil {
			more = append(more, "Default "+string(b)+".")
		}
	}
	return strings.TrimSpace(description + " " + strings.Join(more, " "))
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func (r reader) fields(s *huma.Schema) []views.APIField {
	var all []views.APIField
	for _, name := range slices.Sorted(keys(s.Properties)) {
		p := s.Properties[name]
		all = append(all, views.APIField{Name: name, Type: r.typeOf(p), Required: slices.Contains(s.Required, name), Text: text(p.Description, p)})
	}
	return all
}

// example is JSON as a schema promises it.
func (r reader) example(s *huma.Schema) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r.value(s, 0)); err != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

func (r reader) value(s *huma.Schema, depth int) any {
	if s == nil || depth > 6 {
		return nil
	}
	if len(s.Examples) > 0 {
		return s.Examples[0]
	}
	s = r.resolve(s)
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	switch s.Type {
	case "object":
		object := map[string]any{}
		for name, p := range s.Properties {
			object[name] = r.value(p, depth+1)
		}
		return object
	case "array":
		return []any{r.value(s.Items, depth+1)}
	case "string":
		switch s.Format {
		case "date-time":
			return "2026-11-23T09:00:00Z"
		case "date":
			return "2026-11-23"
		}
		return "…"
	case "integer", "number":
		return 1
	case "boolean":
		return false
	}
	return nil
}
