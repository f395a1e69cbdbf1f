package api

import (
	"cmp"
	"slices"
)

// moreCodes are the refusals that say more than their status: of the API itself,
// then of use cases. A test compares them with what models can answer.
var moreCodes = []Code{
	{"token_missing", 401, "There is no token in the header Authorization."},
	{"token_unknown", 401, "There is no such token. It may have been copied in part."},
	{"token_expired", 401, "The token's last day is over."},
	{"token_revoked", 401, "Somebody has revoked the token."},
	{"account_suspended", 403, "The account is suspended, and its tokens do nothing."},
	{"scope_missing", 403, "The token does not have the scope that the operation needs."},
	{"wrong_token", 403, "An account's token for an operation of the vendor, or the other way round."},
	{"idempotency_key_in_use", 409, "The first request with this Idempotency-Key is still running."},
	{"idempotency_key_reused", 422, "The Idempotency-Key was used for another request."},
	{"idempotency_key_invalid", 422, "The Idempotency-Key is too long."},
	{"rate_limited", 429, "The token makes too many requests a minute."},

	{"deactivation_limit", 409, "As many machines were taken off the licence this month as are allowed. Customer Success can help."},

	{"NOT_FOUND", 409, "No licence file: the key of the licence is about to be replaced."},
	{"REVOKED", 409, "No licence file: the licence was revoked."},
	{"SUSPENDED", 409, "No licence file: the licence is suspended."},
	{"NOT_STARTED", 409, "No licence file before the licence's first day."},
	{"EXPIRED", 409, "No licence file: the licence has ended."},
	{"TOO_MANY_ACTIVATIONS", 409, "No licence file: all seats are taken by other machines."},

	{"allowed", 409, "Another trial of the product was granted already and not used."},
	{"annex_missing", 409, "The Owner has to sign the Annex first."},
	{"annex_stale", 409, "The Annex no longer holds and has to be signed again."},
	{"annex_waiting", 409, "The Annex is signed and waits for the vendor's signature."},
	{"archived", 409, "The client, subject, is archived."},
	{"asked", 409, "The price is asked for already, by the order that is the subject."},
	{"billed", 409, "The order was billed already, by the client invoice that is the subject."},
	{"cancelled", 409, "The order was cancelled."},
	{"changed", 409, "Somebody has changed it since you have read it. Read it again."},
	{"client_changed", 409, "Somebody has saved another version of the client. Read it again."},
	{"client_merged", 409, "The client turned out to be another one, the subject."},
	{"converted", 409, "The trial has become a paid licence."},
	{"credited", 409, "It was taken back by a credit note."},
	{"deactivated", 409, "The machine was taken off before."},
	{"duplicate_client", 409, "The account has a client, the subject, who looks the same. Use that one, or send accept_duplicate."},
	{"ended", 409, "It is over: a trial that was revoked or converted, a licence that can't be renewed."},
	{"expired", 409, "The trial has ended."},
	{"between", 409, "The licence goes on after the term that this would end: take back the invoice, subject, first."},
	{"merge_blocked", 409, "A trial or a request, subject, must be settled before the clients become one."},
	{"not_paid", 409, "Nothing says that the client has paid."},
	{"sent_often", 409, "The invoice was mailed ten times."},
	{"late", 409, "The term to which the seats were to be added is over."},
	{"unfit", 409, "Seats can't be added to this licence."},
	{"licensed", 409, "The client, subject, has the product now."},
	{"needless", 409, "It needs no request: it can be done without."},
	{"no_plan", 409, "The account has no plan."},
	{"no_trials", 409, "The plan has no trials."},
	{"not_on_trial", 409, "There are no trials of the product."},
	{"not_placed", 409, "The order is not placed yet."},
	{"page_revoked", 409, "The client's licence page is switched off."},
	{"paid", 409, "It is paid already."},
	{"paid_on", 409, "Something was paid of the order's invoice: only the vendor's finance can take it back."},
	{"quota", 409, "All trials of the month are used."},
	{"recorded", 409, "The receipt was recorded before; the first one is the subject. It counts once."},
	{"repeated", 409, "The client, subject, had a trial of the product already."},
	{"revoked", 409, "It was revoked already."},
	{"settled", 409, "It is in a state in which this can't be done any more."},
	{"suspended", 409, "The account is suspended."},
	{"taken_back", 409, "Credit notes took back everything of the order: there is nothing to bill."},
	{"unpaid_for", 409, "The licence waits for a payment that was taken back."},
	{"void", 409, "The invoice is void."},
	{"waiting", 409, "The same is asked for already and waits for an answer."},
}

// Codes lists every stable word that a Problem can carry, by status.
func Codes() []Code {
	all := slices.Clone(moreCodes)
	for _, code := range generalCodes {
		all = append(all, code)
	}
	slices.SortFunc(all, func(a, b Code) int { return cmp.Or(a.Status-b.Status, cmp.Compare(a.Code, b.Code)) })
	return all
}
