package handlers

import (
	"reflect"
	"testing"

	"github.com/gorilla/securecookie"
)

// TestCookieText: what is written is read again, also what was written before
// the cookie became JSON.
func TestCookieText(t *testing.T) {
	values := map[any]any{"token": "a<b>“ü", "visitor": "", "_flash": []any{"success\x00Saved.", "danger\x00No."}}
	for name, writer := range map[string]securecookie.Serializer{"JSON": cookieText{}, "gob": securecookie.GobEncoder{}} {
		b, err := writer.Serialize(values)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got map[any]any
		if err := (cookieText{}).Deserialize(b, &got); err != nil || !reflect.DeepEqual(got, values) {
			t.Errorf("%s is read as %v, %v", name, got, err)
		}
	}
	for _, broken := range []string{"", "{", "nothing"} {
		var got map[any]any
		if err := (cookieText{}).Deserialize([]byte(broken), &got); err == nil {
			t.Errorf("%q is read as %v", broken, got)
		}
	}
	for _, other := range []any{map[any]any{1: "a"}, "text"} {
		if b, err := (cookieText{}).Serialize(other); err == nil {
			t.Errorf("%v is written as %s", other, b)
		}
	}
}
