package models

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestValidatePassword(t *testing.T) {
	user := []string{"Zoë Müller-Owner", "zoe.mueller@contoso.example", "Northwind Software"}
	good := []string{
		"violet tractor hums at noon",
		"four plain unrelated words",
		"correct horse battery stable gate",
		"umbrella lantern gravel",
		"MyDogLikesCheeseOnToast",
		"jx7Kq2vTn9wLs4p",
		"jxwkqhvtncwlsgp",
		"839201746529013",
		"            x7Kq2vTn9wLs4p",
		"пурпурный трактор гудит",
		"紫のトラクターは正午に唸りますよ",
		"👩\u200d🚀🦊🥑🎻🛶🧊🪁🦩🍋🌋🪐🧭🎲",
		"Zoë bought a green kayak",
		"<script>alert(document)</script>",
		"' OR 1=1; DROP TABLE users --",
		strings.Repeat("a", 500) + "jx7Kq2vTn9wLs4p" + strings.Repeat("b", 509),
	}
	for i, password := range good {
		err := validatePassword(password, user...)
		if i == len(good)-1 { // only its beginning is looked at
			if err == nil || !strings.Contains(err.Error(), "first that somebody would try") {
				t.Errorf("500 times a: %v", err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q (%.1f bits): %v", password, guessBits(password, user), err)
		}
	}
	tests := []struct{ password, says string }{
		{"", "Choose a password of 15 characters"},
		{"short", "this has 5"},
		{"fourteen chars", "this has 14"},
		{"紫のトラクターは正午に唸る", "this has 13"},
		{"jx7Kq2vTn9wLs4\xff\xfe", "can't be read"},
		{strings.Repeat("jx7Kq2vT", 128) + "x", "too long"},
		{strings.Repeat("🦊", 257), "too long"},
	}
	for _, tt := range tests {
		if err := validatePassword(tt.password, user...); KindOf(err) != Invalid || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%.30q: %v, want “%s”", tt.password, err, tt.says)
		}
	}
	for _, password := range []string{
		// from the list, and out of it
		"123456789987654321", "qwerty123456789", "1qaz2wsx3edc4rfv", "passwordpassword", "passwordstandard",
		"correct horse battery staple", "CorrectHorseBatteryStaple", "correct-horse-battery-staple",
		"password123456789", "Password123456!", "P@ssw0rd12345678", "Passw0rd Passw0rd", "iloveyouforever", "iloveyou iloveyou",
		"footballbaseball", "michael jessica daniel", "sunshine_princess", "welcome.welcome.welcome", "letmeinletmeinletmein", "Welcome2024Welcome2024",
		"January2026January", "admin1234567890", "pass word pass word",
		// patterns
		"aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "               ",
		"abcabcabcabcabc", "jx7jx7jx7jx7jx7", "ababababababababab", "111111111111111", "..................",
		"abcdefghijklmnop", "zyxwvutsrqponmlk", "0123456789012345", "9876543210987654321", "qwertyuiopasdfgh", "asdfghjkl;'asdfghjkl;'",
		"qwertzuiopasdfghjkl", "azertyuiopqsdfgh", "йцукенгшщзхъфывап", "q1w2e3r4t5y6u7i8", "abcdefgh12345678", "qwerty!@#$%^&*()",
		"1122334455667788", strings.Repeat("password", 100), strings.Repeat("🦊", 15),
		// about the user, the product, the vendor
		"reselling reselling", "Reselling2026!!", "electroneek12345", "ElectroNeek Portal", "northwind software", "NorthwindSoftware1",
		"zoe mueller 12345", "Zoë Müller-Owner", "ZoeMullerOwner123", "zoe.mueller@contoso.example", "contoso contoso 1", "contoso20262026", "mueller19851985", "Z0eMu11er2026!!",
	} {
		if err := validatePassword(password, user...); KindOf(err) != Invalid || !strings.Contains(err.Error(), "first that somebody would try") {
			t.Errorf("%.40q (%.1f bits): %v", password, guessBits(password, user), err)
		}
	}
	// The same password is another's: only the user's own words are theirs.
	if err := validatePassword("zoe mueller bought contoso"); err != nil {
		t.Errorf("somebody else's name: %v", err)
	}
	if err := validatePassword("zoe mueller contoso", user...); err == nil {
		t.Error("the user's own name was accepted")
	}
}

// Nobody who draws a password at random is refused.
func TestRandomPasswordsAreAccepted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func(n int, from []rune) string {
		s := make([]rune, n)
		for i := range s {
			s[i] = from[r.IntN(len(from))]
		}
		return string(s)
	}
	words := slices.DeleteFunc(strings.Fields(passwordsFile), func(w string) bool { return strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" })
	for range 300 {
		for _, password := range []string{
			draw(15, []rune("abcdefghijklmnopqrstuvwxyz")),
			draw(15, []rune("0123456789abcdef")),
			draw(15, []rune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!@#$%^&*")),
			draw(20, []rune("0123456789")),
			// Even when the words are drawn from the list itself.
			words[r.IntN(len(words))] + " " + words[r.IntN(len(words))] + " " + words[r.IntN(len(words))] + " " + words[r.IntN(len(words))] + " " + words[r.IntN(len(words))],
		} {
			if err := validatePassword(password, "Olivia Owner", "olivia@acme.example"); err != nil && len(password) >= minPassword {
				t.Errorf("%q (%.1f bits): %v", password, guessBits(password, nil), err)
			}
		}
	}
}

func TestGuessBitsOfHostileInput(t *testing.T) {
	for _, s := range []string{"", " ", "\x00", strings.Repeat("a", 1024), strings.Repeat("ﷺ", 341), strings.Repeat("\u0301", 500), strings.Repeat("ab", 512), "\xff\xfe"} {
		if bits := guessBits(s, []string{s, "", "\x00", strings.Repeat("word ", 2000)[:1000]}); bits < 0 || bits != bits {
			t.Errorf("%.20q: %v bits", s, bits)
		}
	}
}

func TestPasswordList(t *testing.T) {
	ranks := passwordRanks()
	if len(ranks) != 10039 || ranks["123456"] != 1 || ranks["password"] != 2 {
		t.Errorf("%d passwords, 123456 is %d, password is %d", len(ranks), ranks["123456"], ranks["password"])
	}
	long := 0
	for word := range ranks {
		if fold(word) != word {
			t.Errorf("%q can't be found", word)
		}
		if len(word) >= minPassword {
			long++
		}
	}
	if long != 41 {
		t.Errorf("%d of them are long enough to be typed here", long)
	}
}
