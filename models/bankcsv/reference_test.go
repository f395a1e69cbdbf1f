package bankcsv

import (
	"testing"

	"pgregory.net/rapid"
)

// One reference in other spelling is one; other letters or digits are another.
func TestReferenceKey(t *testing.T) {
	for _, same := range []string{
		"INV 4711/A", "INV4711/A", "INV-4711/A", "inv 4711 a", "INV\u200b 4711/A", "IN\u00adV 4711/A", "INV\u20114711/A", "INV 4711/\u0410", "ΙΝV 4711/Α", "ＩＮＶ　４７１１／Ａ", "INV–4711–A",
		"(INV.4711:A)", "I\u200dN\u2060V 4711/A\ufeff", "INV 4711/Á", "𝐈𝐍𝐕 4711/𝐀", "INV 4711/A\ufe0f", "іnv_4711_а", "İNV 4711/A",
	} {
		if got := ReferenceKey(same); got != "inv4711a" {
			t.Errorf("%q is %q", same, got)
		}
	}
	seen := map[string]string{}
	for _, other := range []string{"INV 4711/A", "INV 4711/B", "INV 4712/A", "INV 471/A", "IMV 4711/A", "INV 4711", "4711", "1NV 4711/A", "INV 47II/A", "INV O711", "INV 0711", "請求書 4711", "請求 4711", "счёт 4711", "***", "**", "—"} {
		key := ReferenceKey(other)
		if before, ok := seen[key]; ok || key == "" {
			t.Errorf("%q is the same as %q: %q", other, before, key)
		}
		seen[key] = other
	}
	for s, want := range map[string]bool{"INV 4711/А": false, "INV Ꭺ": true, "INV Ա": true, "ԱԲ 12": false, "請求書 INV": false, "INV ꓮ": true, "": false} {
		if IsMixed(s) != want {
			t.Errorf("%q is mixed: %v", s, !want)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		s := rapid.String().Draw(r, "reference")
		if key := ReferenceKey(s); ReferenceKey(key) != key {
			r.Fatalf("%q is %q, which is %q", s, key, ReferenceKey(key))
		}
	})
}

// References of one file differ as they are compared, not only as they are written.
func TestLinesDifferByTheirKeys(t *testing.T) {
	content := []byte("2026-03-02,10.00,Rate\n2026-03-02,10.00,rate\n2026-03-02,10.00,Rate 2\n2026-03-02,10.00,\"Rate, 2\"\n")
	l, err := Detect(content)
	if err != nil {
		t.Fatal(err)
	}
	l.InOne, l.Text = "EUR", 3
	lines, err := l.Lines(content)
	if err != nil || len(lines) != 4 {
		t.Fatalf("%+v, %v", lines, err)
	}
	keys := map[string]bool{}
	for n, line := range lines {
		if want := "2026-03-02 10.00 EUR: " + []string{"Rate", "rate (2)", "Rate 2 (2)", "Rate, 2 (3)"}[n]; line.Reference != want || keys[ReferenceKey(line.Reference)] {
			t.Errorf("%q, want %q", line.Reference, want)
		}
		keys[ReferenceKey(line.Reference)] = true
	}
}
