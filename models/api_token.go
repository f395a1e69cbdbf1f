package models

// TokenScope is one thing that an API token may be allowed.
type TokenScope string

// The scopes of an account's tokens.
const (
	ScopeRead           TokenScope = "read"
	ScopeClients        TokenScope = "clients"
	ScopeTrials         TokenScope = "trials"
	ScopeOrders         TokenScope = "orders"
	ScopeClientInvoices TokenScope = "client_invoices"
)

// The scopes of the vendor's tokens, which can have ScopeRead too.
const (
	ScopeAccounts TokenScope = "accounts"
	ScopeReceipts TokenScope = "receipts"
)
