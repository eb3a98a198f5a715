package links

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/isrgen/isrgen/buildoutput/network"
)

const (
	mostRedirects = 10

	// longestWait is how long a host can make us wait that asks for it.
	longestWait = 30 * time.Second
)

// asker asks addresses. Several goroutines use it, each for one host.
type asker struct {
	options Options
	client  *http.Client
}

func newAsker(options Options) *asker {
	timeout := cmp.Or(options.Timeout, 10*time.Second)
	dialer := &net.Dialer{Timeout: timeout}
	transport := &http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    timeout,
		MaxResponseHeaderBytes: 256 << 10,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        10 * time.Second,
	}
	if options.AllowPrivate {
		transport.Proxy = http.ProxyFromEnvironment
	} else {
		dialer.Control = network.OnlyPublic
	}
	return &asker{options, &http.Client{
		Transport: transport,
		Timeout:   timeout,
		CheckRedirect: func(_ *http.Request, before []*http.Request) error {
			if len(before) > mostRedirects {
				return fmt.Errorf("more than %d redirects", mostRedirects)
			}
			return nil
		},
	}}
}

// askHost asks the addresses of one host, one after the other with a pause between, and sends what is wrong. The error is that of ctx.
func (a *asker) askHost(ctx context.Context, addresses []string, requests *atomic.Int64, findings chan<- Finding) error {
	pause := cmp.Or(a.options.Pause, 250*time.Millisecond)
	for i, address := range addresses {
		if i > 0 {
			if err := wait(ctx, pause); err != nil {
				return err
			}
		}
		last, err := a.insist(ctx, address, pause, requests)
		if err != nil {
			return err
		}
		if finding, bad := last.finding(address); bad {
			findings <- finding
		}
	}
	return nil
}

// insist asks one address until the answer is not worth another try.
func (a *asker) insist(ctx context.Context, address string, pause time.Duration, requests *atomic.Int64) (answer, error) {
	retries := cmp.Or(a.options.Retries, 2)
	for try := 0; ; try++ {
		got := a.ask(ctx, http.MethodHead, address, requests)
		if got.status >= 400 && got.status != http.StatusTooManyRequests { // many know no HEAD, and say so in any way
			if err := wait(ctx, pause); err != nil {
				return got, err
			}
			got = a.ask(ctx, http.MethodGet, address, requests)
		}
		if err := ctx.Err(); err != nil {
			return got, err
		}
		if try >= retries || !got.passing() {
			return got, nil
		}
		if err := wait(ctx, max(got.after, pause<<try)); err != nil {
			return got, err
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// answer is what came of a request.
type answer struct {
	status int
	after  time.Duration // to wait before another request
	err    error
}

func (a *asker) ask(ctx context.Context, method, address string, requests *atomic.Int64) answer {
	request, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return answer{err: err}
	}
	request.Header.Set("User-Agent", cmp.Or(a.options.UserAgent, "isrgen"))
	request.Header.Set("Accept", "*/*")
	requests.Add(1)
	response, err := a.client.Do(request)
	if err != nil {
		return answer{err: err}
	}
	response.Body.Close() // unread: what it says is of no interest
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	return answer{status: response.StatusCode, after: min(time.Duration(max(seconds, 0))*time.Second, longestWait)}
}

// passing says whether the next request may have another answer.
func (a answer) passing() bool {
	var unknown *net.DNSError
	switch {
	case a.err == nil:
		return a.status >= 500 || a.status == http.StatusTooManyRequests || a.status == http.StatusRequestTimeout
	case errors.Is(a.err, network.ErrPrivate), isCertificate(a.err):
		return false
	case errors.As(a.err, &unknown):
		return !unknown.IsNotFound
	}
	return true
}

// finding says what is wrong with an address.
func (a answer) finding(address string) (f Finding, bad bool) {
	f = Finding{URL: address, Status: a.status, Advice: "correct the link, or remove it"}
	var unknown *net.DNSError
	var timeout net.Error
	switch {
	case a.err == nil && a.status < 400:
		return f, false
	case a.err == nil:
		f.Message = strconv.Itoa(a.status)
		if text := http.StatusText(a.status); text != "" {
			f.Message += " " + text
		}
		switch a.status {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
			f.Advice = "open it in a browser: if it is there for visitors, leave it out with --exclude"
		}
	case errors.Is(a.err, network.ErrPrivate):
		f.Message = "the address is inside a network, where visitors do not come"
		f.Advice = "correct the link, or leave it out with --exclude; --allowPrivate asks it all the same"
	case errors.As(a.err, &unknown) && unknown.IsNotFound:
		f.Message = "there is no host " + unknown.Name
	case isCertificate(a.err):
		f.Message = "the certificate of the host is not good"
	case errors.As(a.err, &timeout) && timeout.Timeout():
		f.Message = "no answer in time"
	default:
		f.Message = "no answer: " + a.err.Error()
		if wrapped := (*url.Error)(nil); errors.As(a.err, &wrapped) { // the address is known
			f.Message = "no answer: " + wrapped.Err.Error()
		}
	}
	return f, true
}

func isCertificate(err error) bool {
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	return errors.As(err, &certificate) || errors.As(err, &authority) || errors.As(err, &hostname)
}
