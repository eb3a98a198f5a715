package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server that runs, with the processes that it started.
type process struct {
	cmd     *exec.Cmd
	address string // such as http://127.0.0.1:1234
	log     *bytes.Buffer
	before  []func() error // ends what runs beside it
}

// freeAddress gives an address of the loopback interface where nobody listens.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// startProcess starts a program that is to listen at an address, and waits until it does.
func startProcess(ctx context.Context, address string, cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, address: "http://" + address, log: &bytes.Buffer{}}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return p, nil
		}
	}
	p.stop()
	return nil, fmt.Errorf("it does not listen:\n%s", p.log)
}

// stop ends all processes of the server.
func (p *process) stop() error {
	group := -p.cmd.Process.Pid
	syscall.Kill(group, syscall.SIGTERM)
	ended := time.AfterFunc(5*time.Second, func() { syscall.Kill(group, syscall.SIGKILL) })
	p.cmd.Wait() // how it ends does not matter
	ended.Stop()
	var err error
	for _, end := range p.before {
		err = errors.Join(err, end())
	}
	return err
}

// usage is what the processes of a server took so far.
type usage struct {
	cpu    time.Duration // user and system
	memory int64         // the sum of the most that each had resident, in bytes
}

// usage sums up the server and those below it.
func (p *process) usage() (u usage, err error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return u, err
	}
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it ended
		}
		if err != nil {
			return u, err
		}
		_, rest, _ := strings.Cut(string(stat), ") ") // the name before may hold anything
		fields := strings.Fields(rest)
		if fields[2] != strconv.Itoa(p.cmd.Process.Pid) { // the group, which is field 5 in proc(5)
			continue
		}
		for _, field := range fields[11:13] { // utime and stime, in hundredths of a second on every Linux
			ticks, err := strconv.Atoi(field)
			if err != nil {
				return u, fmt.Errorf("%s: %w", name, err)
			}
			u.cpu += time.Duration(ticks) * time.Second / 100
		}
		u.memory += peak(filepath.Dir(name))
	}
	if u.cpu == 0 && u.memory == 0 {
		return u, fmt.Errorf("it ended:\n%s", p.log)
	}
	return u, nil
}

// peak is the most memory that a process had resident, 0 if it ended.
func peak(proc string) int64 {
	status, _ := os.ReadFile(filepath.Join(proc, "status"))
	for line := range strings.Lines(string(status)) {
		if kilobytes, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kilobytes), "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}
