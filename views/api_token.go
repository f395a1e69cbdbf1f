package views

import (
	"slices"
	"time"

	"reselling/models"
	"reselling/views/paths"
)

// APITokenPlace tells the account's tokens from the vendor's.
type APITokenPlace struct{ Vendor bool }

// Path is the address of the list.
func (p APITokenPlace) Path() string {
	if p.Vendor {
		return paths.AdminAPITokens()
	}
	return paths.APITokens()
}

func (p APITokenPlace) newPath() string {
	if p.Vendor {
		return paths.AdminNewAPIToken()
	}
	return paths.NewAPIToken()
}

func (p APITokenPlace) revocation(id string) string {
	if p.Vendor {
		return paths.AdminAPITokenRevocation(id)
	}
	return paths.APITokenRevocation(id)
}

func (p APITokenPlace) lead() string {
	if p.Vendor {
		return "With a token, the vendor's own systems use the API: they read accounts, record receipts, follow licences. Tokens belong to the vendor, not to who has made them."
	}
	return "With a token, your own programs use the API: they do what a Seller does on these pages. Tokens belong to the account, not to who has made them."
}

func (p APITokenPlace) scopes() []models.TokenScope {
	if p.Vendor {
		return models.VendorScopes
	}
	return models.AccountScopes
}

// APITokensPage is the list of tokens.
type APITokensPage struct {
	Place      APITokenPlace
	Live, Dead []models.APITokenRow
	Made       *models.APIToken // just now
	Secret     string           // of Made; empty where the form was sent twice
	Problem    *models.Error
	Now        time.Time
}

// APITokenForm is a new token as typed.
type APITokenForm struct {
	Name       string   `form:"name"`
	Scopes     []string `form:"scopes"`
	ExpiresOn  string   `form:"expires_on"`
	RequestKey string   `form:"request_key"`
}

func (f APITokenForm) has(scope models.TokenScope) bool {
	return slices.Contains(f.Scopes, string(scope))
}

var scopeLabels = map[models.TokenScope][2]string{
	models.ScopeRead:           {"Read", "Whatever the API can read."},
	models.ScopeClients:        {"Clients", "Create, change, archive and restore clients."},
	models.ScopeTrials:         {"Trials", "Issue and revoke trials, also for a new client; ask for exceptions."},
	models.ScopeOrders:         {"Orders", "Request prices, place and cancel orders. Placing an order obliges the account to pay."},
	models.ScopeClientInvoices: {"Client invoices", "Issue invoices to clients and mark them as paid."},
	models.ScopeAccounts:       {"Accounts", "Create, suspend and resume accounts, change their plans."},
	models.ScopeReceipts:       {"Receipts", "Record payments of accounts, which activates licences."},
}

// ScopesText names what a token may.
func ScopesText(s models.Scopes) string {
	var all []string
	for _, scope := range s.List() {
		all = append(all, scopeLabels[scope][0])
	}
	return Join(all)
}

// onlyFor says once what is wrong with the scopes, at the first of them.
func onlyFor(problem *models.Error, scope models.TokenScope) *models.Error {
	if scope == models.ScopeRead {
		return problem
	}
	return nil
}
