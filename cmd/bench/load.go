package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// result is what one run of a load measured.
type result struct {
	PerSecond float64
	P99       time.Duration
	Refused   int           // answers other than the wanted status
	CPU       time.Duration // of the server, per answer
}

// loaded is load with the processor time that the server p has used.
func loaded(p *process, connections int, d time.Duration, want int, request func(connection, n int) []byte) (result, error) {
	before, err := p.cpu()
	if err != nil {
		return result{}, err
	}
	r, err := load(p.address, connections, d, want, request)
	if err != nil {
		return r, err
	}
	after, err := p.cpu()
	r.CPU = time.Duration(float64(after-before) / (r.PerSecond * d.Seconds()))
	return r, err
}

// load sends requests over keep-alive connections for d; each asks request for
// its next one, with its own number and the request's.
func load(address string, connections int, d time.Duration, want int, request func(connection, n int) []byte) (result, error) {
	type tally struct {
		took    []time.Duration
		refused int
		err     error
	}
	tallies := make([]tally, connections)
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range tallies {
		wg.Go(func() {
			t := &tallies[i]
			conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", address)
			if err != nil {
				t.err = err
				return
			}
			defer conn.Close()
			reader := bufio.NewReaderSize(conn, 64<<10)
			for n := 0; time.Since(begin) < d; n++ {
				start := time.Now()
				if _, err := conn.Write(request(i, n)); err != nil {
					t.err = err
					return
				}
				status, _, err := answer(reader, nil)
				if err != nil {
					t.err = err
					return
				}
				t.took = append(t.took, time.Since(start))
				if status != want {
					t.refused++
				}
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(begin)
	var all []time.Duration
	var r result
	for _, t := range tallies {
		if t.err != nil {
			return r, t.err
		}
		all = append(all, t.took...)
		r.Refused += t.refused
	}
	slices.Sort(all)
	r.PerSecond = float64(len(all)) / elapsed.Seconds()
	r.P99 = all[len(all)*99/100]
	return r, nil
}

// answer reads one response with a Content-Length or in chunks. It keeps the body only in into.
func answer(r *bufio.Reader, into io.Writer) (status int, header string, err error) {
	var head strings.Builder
	length, chunked := 0, false
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, "", err
		}
		text := strings.TrimRight(string(line), "\r\n")
		if text == "" {
			break
		}
		if into != nil {
			head.WriteString(text + "\n")
		}
		name, value, _ := strings.Cut(text, ": ")
		switch {
		case first:
			if status, err = strconv.Atoi(strings.Fields(text)[1]); err != nil {
				return 0, "", fmt.Errorf("not an answer: %q", text)
			}
		case strings.EqualFold(name, "Content-Length"):
			if length, err = strconv.Atoi(value); err != nil {
				return 0, "", err
			}
		case strings.EqualFold(name, "Transfer-Encoding"):
			chunked = true
		}
	}
	if into == nil {
		into = io.Discard
	}
	if !chunked {
		_, err = io.CopyN(into, r, int64(length))
		return status, head.String(), err
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return 0, "", err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(line), 16, 64)
		if err != nil {
			return 0, "", err
		}
		if _, err := io.CopyN(into, r, size); err != nil {
			return 0, "", err
		}
		if _, err := r.Discard(2); err != nil {
			return 0, "", err
		}
		if size == 0 {
			return status, head.String(), nil
		}
	}
}

func get(host, path, cookie string) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n\r\n", path, host, cookie)
}

func post(host, path, cookie, form string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nOrigin: http://%s\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", path, host, cookie, host, len(form), form)
}
