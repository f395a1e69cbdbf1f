package models

import (
	_ "embed"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

const minPassword = 15 // characters

// validatePassword returns what is wrong with a new password, as an Invalid error
// whose message belongs beside its field. Words are what somebody who knows the
// user would try first: name, mail address, the vendor's name.
//
// There are no rules about which characters it has (NIST SP 800-63B-4, section
// 3.1.1.2): only too short, too long, and easy to guess.
func validatePassword(password string, words ...string) error {
	switch n := utf8.RuneCountInString(password); {
	case password == "":
		return Errorf(Invalid, "Choose a password of %d characters or more.", minPassword)
	case len(password) > maxPassword:
		return Errorf(Invalid, "That password is too long. Use at most %d characters, fewer if they are not plain letters.", maxPassword)
	case !utf8.ValidString(password):
		return Errorf(Invalid, "That password has characters that can't be read. Type it again.")
	case n < minPassword:
		return Errorf(Invalid, "Use %d characters or more; this has %d. Four words that have nothing to do with each other make a good password.", minPassword, n)
	case guessBits(password, words) < leastGuessBits:
		return Errorf(Invalid, "That password is among the first that somebody would try: it is made of common passwords, patterns, or names. Four words that have nothing to do with each other make a good one.")
	}
	return nil
}

// leastGuessBits refuses two or three common passwords in a row, however long,
// and is far below four words drawn at random from the whole list.
const leastGuessBits = 36

// What the parts of a password cost somebody who guesses, in bits.
const (
	personalBits  = 3
	trackBits     = 8
	yearBits      = 7
	spaceBits     = 2
	digitBits     = 3.3
	letterBits    = 4.7
	symbolBits    = 5.5
	leetBits      = 1
	separatedBits = 3
)

const (
	longestPart   = 32  // runes of a word or a repeated part
	mostJoined    = 6   // words of a name
	longestLooked = 128 // runes; a password whose beginning suffices is good enough
)

// guessBits estimates how many guesses a password takes, as a power of two.
// Letter case is free, and so is what stands between words.
func guessBits(password string, words []string) float64 {
	s, personal := fold(password), personalWords(words)
	joined := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -_.", r) {
			return -1
		}
		return r
	}, s)
	return min(partBits([]rune(s), personal), partBits([]rune(joined), personal)+separatedBits)
}

// partBits cuts s into the parts that are cheapest to guess.
func partBits(s []rune, personal map[string]bool) float64 {
	s = s[:min(len(s), longestLooked)]
	plain, along := unleet(s), tracksAlong(s)
	least := make([]float64, len(s)+1) // of the first n runes
	for end := 1; end <= len(s); end++ {
		least[end] = least[end-1] + runeBits(s[end-1])
		for start := max(0, end-longestPart); start <= end-3; start++ {
			bits := wordBits(string(s[start:end]), personal)
			for _, p := range plain {
				bits = min(bits, wordBits(string(p[start:end]), personal)+leetBits)
			}
			if end <= along[start] {
				bits = min(bits, trackBits)
			}
			least[end] = min(least[end], least[start]+bits)
		}
		for size := 1; size <= min(longestPart, end/2); size++ {
			part, times := s[end-size:end], 1
			for start := end - 2*size; start >= 0 && slices.Equal(s[start:start+size], part); start -= size {
				times++
				least[end] = min(least[end], least[start+size]+1+math.Log2(float64(times)))
			}
		}
	}
	return least[len(s)]
}

// wordBits is what it costs to guess part as a whole; infinite if that is hopeless.
func wordBits(part string, personal map[string]bool) float64 {
	bits := math.Inf(1)
	if personal[part] {
		bits = personalBits
	}
	if rank, ok := passwordRanks()[part]; ok {
		bits = min(bits, math.Log2(float64(rank))+1)
	}
	if len(part) == 4 && (strings.HasPrefix(part, "19") || strings.HasPrefix(part, "20")) && isDigits(part) {
		bits = min(bits, yearBits)
	}
	return bits
}

func runeBits(r rune) float64 {
	switch {
	case r == ' ':
		return spaceBits
	case r >= '0' && r <= '9':
		return digitBits
	case unicode.IsLetter(r):
		return letterBits
	}
	return symbolBits
}

// personalWords are the words of the user and the product, without accents, each
// with what it is made of: "olivia", "owner" and "oliviaowner" of "Olivia Owner".
func personalWords(words []string) map[string]bool {
	personal := map[string]bool{"reselling": true, "reseller": true, "electroneek": true, "portal": true, "correcthorsebatterystaple": true}
	for _, word := range words {
		parts := strings.FieldsFunc(fold(word), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		for i := range parts {
			joined := ""
			for _, part := range parts[i:min(len(parts), i+mostJoined)] {
				if joined += part; utf8.RuneCountInString(joined) >= 3 {
					personal[joined] = true
				}
			}
		}
	}
	return personal
}

// unleet returns s with digits and signs read as the letters that they look
// like; twice, because 1 looks like two letters.
func unleet(s []rune) [2][]rune {
	var plain [2][]rune
	for i, one := range []rune{'i', 'l'} {
		plain[i] = slices.Clone(s)
		for j, r := range s {
			switch r {
			case '1', '!', '|':
				plain[i][j] = one
			case '0':
				plain[i][j] = 'o'
			case '3':
				plain[i][j] = 'e'
			case '4', '@':
				plain[i][j] = 'a'
			case '5', '$':
				plain[i][j] = 's'
			case '7', '+':
				plain[i][j] = 't'
			}
		}
	}
	return plain
}

// tracks are what fingers run along: the alphabet, digits, keyboards.
var tracks = func() (list []string) {
	for _, track := range []string{
		"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "αβγδεζηθικλμνξοπρστυφχψω",
		"qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiopu", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
		"qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "йцукенгшщзхъфывапролджэячсмитьбю",
		"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "qazwsxedcrfvtgbyhnujmikolp", "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p", "!@#$%^&*()_+", "741852963", "147258369",
	} {
		backwards := []rune(track)
		slices.Reverse(backwards)
		list = append(list, track, string(backwards))
	}
	return list
}()

// tracksAlong returns, for each rune of s, how far on from it s follows one track.
func tracksAlong(s []rune) []int {
	ends := make([]int, len(s))
	for start := range s {
		for _, track := range tracks {
			end := start + 3
			for end <= len(s) && strings.Contains(track, string(s[start:end])) {
				ends[start] = max(ends[start], end)
				end++
			}
		}
	}
	return ends
}

func isDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

//go:embed lists/passwords.txt
var passwordsFile string

// passwordRanks are common passwords by how common they are, the first 1.
var passwordRanks = sync.OnceValue(func() map[string]int {
	ranks := map[string]int{}
	for line := range strings.Lines(passwordsFile) {
		if word := strings.TrimSuffix(line, "\n"); ranks[word] == 0 {
			ranks[word] = len(ranks) + 1
		}
	}
	return ranks
})
