package models

import (
	"context"
	"net/netip"
	"time"

	"gorm.io/gorm/clause"
)

// limit is how often something may happen within a window.
type limit struct {
	key    string
	max    int
	window time.Duration
}

type attempt struct {
	ID  string
	Key string
	At  time.Time
}

type attemptLock struct {
	Key string
	At  time.Time
}

// Network is what one client is known by in limits: an IPv4 address, or the /64
// of an IPv6 one, within which everybody has as many addresses as they like.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
}

// attempt counts one attempt against each limit and returns the ids of its
// rows, or TooMany with nothing counted. It holds across replicas: each key is
// locked, in the order given, until the transaction ends.
func (tx *tx) attempt(ctx context.Context, message string, limits ...limit) ([]string, error) {
	var ids []string
	for _, l := range limits {
		lock := clause.OnConflict{Columns: []clause.Column{{Name: "key"}}, DoUpdates: clause.AssignmentColumns([]string{"at"})}
		if err := rowsOf[attemptLock](tx.DB, lock).Create(ctx, &attemptLock{Key: l.key, At: tx.now}); err != nil {
			return nil, err
		}
		recent, err := rowsOf[attempt](tx.DB).Where("key = ? AND at > ?", l.key, tx.now.Add(-l.window)).Order("at DESC").Limit(l.max).Find(ctx)
		if err != nil {
			return nil, err
		}
		if len(recent) >= l.max {
			wait := recent[len(recent)-1].At.Add(l.window).Sub(tx.now)
			return nil, &Error{Kind: TooMany, Message: message, Retry: wait}
		}
		row := attempt{ID: newID(), Key: l.key, At: tx.now}
		if err := rowsOf[attempt](tx.DB).Create(ctx, &row); err != nil {
			return nil, err
		}
		ids = append(ids, row.ID)
	}
	return ids, nil
}
