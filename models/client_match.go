package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"
)

// ClientMatch is a client that may be the same as another one, and why.
type ClientMatch struct {
	Client Client
	By     string // "mail address", "tax id", "company name" or "domain"
}

// IsExact reports whether m is more than a common mail domain.
func (m ClientMatch) IsExact() bool { return m.By != byDomain }

const (
	byEmail   = "mail address"
	byTaxID   = "tax id"
	byCompany = "company name"
	byDomain  = "domain"
)

// reasons are why two clients look the same, the strongest first.
var reasons = []string{byEmail, byTaxID, byCompany, byDomain}

const mostDomainMatches = 10

// similarClients returns the clients of an account, archived ones too, that
// share something with f, each once with the strongest reason and the strongest
// first. Of those that share only a domain it returns a few. A client is also
// known by what those had that were merged into it.
func similarClients(ctx context.Context, db *gorm.DB, accountID string, f ClientFields, exceptID string) ([]ClientMatch, error) {
	f, _ = f.clean()
	var like Client
	like.take(f)
	// One statement; a SELECT for each reason, so that each has its index.
	var selects []string
	var args []any
	for _, same := range []struct{ by, condition, value string }{
		{byEmail, "c.email_key = ?", like.EmailKey},
		{byTaxID, "c.tax_id_key <> '' AND c.tax_id_key = ?", like.TaxIDKey},
		{byCompany, "c.company_key = ?", like.CompanyKey},
		{byDomain, "c.email_domain = ?", like.EmailDomain},
	} {
		if same.value == "" {
			continue
		}
		query := fmt.Sprintf("SELECT k.*, %d AS reason FROM clients c JOIN clients k ON k.id = COALESCE(c.merged_into, c.id) WHERE c.account_id = ? AND k.id <> ? AND %s", slices.Index(reasons, same.by), same.condition)
		if same.by == byDomain {
			query = fmt.Sprintf("SELECT * FROM (%s ORDER BY c.created_at DESC, c.id DESC LIMIT %d) d", query, mostDomainMatches)
		}
		selects, args = append(selects, query), append(args, accountID, exceptID, same.value)
	}
	if len(selects) == 0 {
		return nil, nil
	}
	type row struct {
		Client `gorm:"embedded"`
		Reason int
	}
	found, err := rowsOf[row](db).Raw(strings.Join(selects, " UNION ALL "), args...).Find(ctx)
	if err != nil {
		return nil, fmt.Errorf("clients that are similar: %w", err)
	}
	slices.SortFunc(found, func(a, b row) int {
		return cmp.Or(a.Reason-b.Reason, b.CreatedAt.Compare(a.CreatedAt), strings.Compare(b.ID, a.ID))
	})
	var matches []ClientMatch
	for _, f := range found {
		if !slices.ContainsFunc(matches, func(m ClientMatch) bool { return m.Client.ID == f.ID }) {
			matches = append(matches, ClientMatch{Client: f.Client, By: reasons[f.Reason]})
		}
	}
	return matches, nil
}

// SimilarClients returns the clients of the actor's account that may be the
// same as one with the fields f, except the one with exceptID.
func (s *Store) SimilarClients(ctx context.Context, actor Actor, f ClientFields, exceptID string) ([]ClientMatch, error) {
	if err := actor.require(ReadReselling); err != nil {
		return nil, err
	}
	return similarClients(ctx, s.reader, actor.AccountID, f, exceptID)
}

// refuseDuplicate returns a Conflict if the account has a client with the same
// mail address, tax id or company. The same domain alone is none.
func (tx *tx) refuseDuplicate(ctx context.Context, actor Actor, f ClientFields, exceptID string) error {
	matches, err := similarClients(ctx, tx.DB, actor.AccountID, f, exceptID)
	if err != nil || len(matches) == 0 || !matches[0].IsExact() {
		return err
	}
	first := matches[0]
	return &Error{
		Kind: Conflict, Code: DuplicateClient, Subject: first.Client.ID,
		Message: fmt.Sprintf("%s has the same %s. Use that client, or confirm below that this is another one.", first.Client.Company, first.By),
	}
}

// identity is what makes two clients look like one.
func (c Client) identity() [3]string { return [3]string{c.EmailKey, c.TaxIDKey, c.CompanyKey} }

func identityOf(f ClientFields) [3]string {
	var c Client
	c.take(f)
	return c.identity()
}

// legalForms are the words at the end of a company's name that do not tell two companies apart.
var legalForms = func() map[string]bool {
	forms := map[string]bool{}
	for _, form := range strings.Fields(`ab ag aps as asa bv bvba co company corp corporation cv dd doo eg eirl eood ev gbr gesmbh gmbh
		inc incorporated kft kg kgaa kk lda ltd limited limitada llc llp lp ltda mbh nv ohg ood ooo oü oy oyj plc pte pty pvt
		sa sab sapi sarl sas sasu sau sc scs sca sl slne slp slu sll snc spa sprl srl srls sro stiftung ug und uab zoo zrt & and y et e`) {
		forms[fold(form)] = true
	}
	return forms
}()

// companyKey is the form in which company names are compared: folded, without
// punctuation and legal forms ("Acme, S.L." is "acme").
func companyKey(company string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r == '.' || r == '\'' || r == '’':
			return -1
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r), unicode.IsSymbol(r), r == '&', r == '@', r == '#':
			return r
		}
		return ' '
	}, fold(company))
	words := joinedLetters(strings.Fields(plain))
	for len(words) > 1 && legalForms[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	if len(words) > 1 && strings.HasSuffix(strings.Join(words, " "), " sp z") {
		words = words[:len(words)-2]
	}
	if len(words) == 0 {
		return company
	}
	return strings.Join(words, " ")
}

// joinedLetters makes one word of single letters in a row: "S. L." is "sl".
func joinedLetters(words []string) []string {
	var out []string
	inRun := false
	for _, w := range words {
		letter := len([]rune(w)) == 1 && unicode.IsLetter([]rune(w)[0])
		if letter && inRun {
			out[len(out)-1] += w
		} else {
			out = append(out, w)
		}
		inRun = letter
	}
	return out
}

// taxIDKey is the form in which tax ids are compared: upper-case letters and digits.
func taxIDKey(taxID string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, strings.ToUpper(norm.NFKC.String(taxID)))
}
