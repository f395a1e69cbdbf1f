package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server under test.
type process struct {
	command *exec.Cmd
	address string
	log     *bytes.Buffer
	started time.Duration // from its start to its first answer
}

// start runs a program with the arguments and environment, which must make it
// serve on the address, until it answers path.
func start(ctx context.Context, address, path string, env []string, program string, args ...string) (*process, error) {
	p := &process{command: exec.CommandContext(ctx, program, args...) /* #nosec G204 -- ours */, address: address, log: new(bytes.Buffer)}
	p.command.Env = append(os.Environ(), env...)
	p.command.Stdout, p.command.Stderr = io.Discard, p.log
	begin := time.Now()
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	for {
		response, err := http.Get("http://" + address + path) //nolint:noctx // loopback, and the loop is bounded
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				p.started = time.Since(begin)
				return p, nil
			}
		}
		if time.Since(begin) > 30*time.Second {
			p.stop()
			return nil, fmt.Errorf("%s does not answer on %s: %s", program, address, tail(p.log.String()))
		}
		time.Sleep(time.Millisecond)
	}
}

func tail(s string) string { return s[max(0, len(s)-2000):] }

func (p *process) stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	_ = p.command.Wait()
}

// memory reads a line of /proc/PID/status in megabytes: VmRSS now, of it
// RssFile mapped from files, VmHWM at the peak.
func (p *process) memory(line string) (float64, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), line+":"); ok {
			kb, err := strconv.Atoi(strings.Fields(value)[0])
			return float64(kb) / 1024, err
		}
	}
	return 0, fmt.Errorf("no %s in the process status", line)
}

// cpu is the processor time that the process has used, its children aside.
func (p *process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(stat), ") ") // the name before may hold spaces
	fields := strings.Fields(after)
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * (time.Second / ticks), err
}

// ticks is Linux's USER_HZ, the same on all machines that Go runs on.
const ticks = 100

// freeAddress returns an address on loopback where nobody listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
