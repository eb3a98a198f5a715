// Package redis keeps the entries of the ISR cache in Redis or Valkey, so that several processes on several machines are one
// cache.
//
// The server tells every process which keys were changed (client tracking in broadcast mode), which is how a purge reaches all of
// them. While it cannot be reached, each call fails at once but for one try a second; when it is back, everything is assumed to
// have changed.
//
//	isrgen:entry:DEPLOYMENT:DOMAIN:OUTPUT:QUERY   a hash: b when the render began, e the entry; it ends after isr.IdleRetention
//	isrgen:lock:…                                 who renders the page of that key
package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/isrgen/isrgen/buildoutput/isr"
)

const (
	entryPrefix = "isrgen:entry:"
	lockPrefix  = "isrgen:lock:"
)

// opTimeout is how long the server may take for one command before it counts as lost.
const opTimeout = 500 * time.Millisecond

// probeInterval is how often a lost server is tried.
const probeInterval = time.Second

// ErrUnreachable says that the server did not answer lately.
var ErrUnreachable = errors.New("redis: the server cannot be reached")

// Store is an [isr.Store] in Redis. [Open] makes it, [Store.Close] ends it.
type Store struct {
	client rueidis.Client

	mu       sync.Mutex
	watchers map[*watcher]bool
	probing  bool
	closed   bool
	lost     atomic.Bool

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	probes sync.WaitGroup
}

type watcher struct{ changed func(*isr.Key) }

// Open connects to the server that a URL names: redis://[user:password@]host[:port][/database], rediss:// with TLS, or valkey://.
// The password appears in no error.
func Open(address string) (*Store, error) {
	address = strings.Replace(strings.Replace(address, "valkey://", "redis://", 1), "valkeys://", "rediss://", 1)
	options, err := rueidis.ParseURL(address)
	if err != nil {
		return nil, errors.New("redis: the address is not of the form redis://host:6379/0")
	}
	s := &Store{watchers: map[*watcher]bool{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	options.Dialer = net.Dialer{Timeout: opTimeout, KeepAlive: time.Second}
	options.ConnWriteTimeout = 2 * opTimeout
	options.DisableRetry = true
	options.ForceSingleClient = true
	options.PipelineMultiplex = -1 // one connection: each would be told of every change
	options.ClientTrackingOptions = []string{"PREFIX", entryPrefix, "BCAST"}
	options.OnInvalidations = s.invalidated
	if s.client, err = rueidis.NewClient(options); err != nil {
		s.cancel()
		return nil, fmt.Errorf("redis at %s: %w", strings.Join(options.InitAddress, ", "), err)
	}
	return s, nil
}

// name is the key of an entry in Redis.
func name(key isr.Key) string {
	parts := []string{key.Deployment, key.Domain, key.Output, key.Query}
	for i, part := range parts {
		parts[i] = url.QueryEscape(part)
	}
	return entryPrefix + strings.Join(parts, ":")
}

// parse undoes name.
func parse(name string) (key isr.Key, ok bool) {
	rest, ok := strings.CutPrefix(name, entryPrefix)
	parts := strings.Split(rest, ":")
	if !ok || len(parts) != 4 {
		return key, false
	}
	for i, part := range parts {
		decoded, err := url.QueryUnescape(part)
		if err != nil {
			return key, false
		}
		parts[i] = decoded
	}
	return isr.Key{Deployment: parts[0], Domain: parts[1], Output: parts[2], Query: parts[3]}, true
}

// invalidated hears which keys others changed; nothing when the connection is lost or everything was deleted.
func (s *Store) invalidated(messages []rueidis.RedisMessage) {
	if messages == nil {
		s.lose()
		return
	}
	for _, message := range messages {
		text, err := message.ToString()
		if err != nil {
			continue
		}
		if key, ok := parse(text); ok {
			s.tell(&key)
		}
	}
}

func (s *Store) tell(key *isr.Key) {
	s.mu.Lock()
	watchers := make([]*watcher, 0, len(s.watchers))
	for w := range s.watchers {
		watchers = append(watchers, w)
	}
	s.mu.Unlock()
	for _, w := range watchers {
		w.changed(key)
	}
}

// Watch calls changed for each key that a process saves, this one too (the server does not tell who ran a script), and with nil
// after the connection was lost and is back.
func (s *Store) Watch(changed func(*isr.Key)) (stop func()) {
	w := &watcher{changed}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[w] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, w)
	}
}

// lose notes that the server cannot be reached, or that changes were missed, and waits for it in the background.
func (s *Store) lose() {
	s.lost.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.probing || s.closed {
		return
	}
	s.probing = true
	s.probes.Go(s.probe)
}

// probe tries the server until it answers.
func (s *Store) probe() {
	for s.ping() != nil {
		select {
		case <-time.After(probeInterval):
		case <-s.ctx.Done():
			return
		}
	}
	s.mu.Lock()
	s.probing = false
	s.mu.Unlock()
	s.lost.Store(false)
	s.tell(nil)
}

func (s *Store) ping() error {
	ctx, cancel := context.WithTimeout(s.ctx, opTimeout)
	defer cancel()
	return s.client.Do(ctx, s.client.B().Ping().Build()).Error()
}

// do runs commands, unless the server is known to be lost, and notes when it is.
func (s *Store) do(ctx context.Context, commands ...rueidis.Completed) ([]rueidis.RedisResult, error) {
	if s.lost.Load() {
		return nil, ErrUnreachable
	}
	limited, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	results := s.client.DoMulti(limited, commands...)
	for _, result := range results {
		if err := result.NonRedisError(); err != nil {
			if ctx.Err() == nil {
				s.lose()
			}
			return nil, err
		}
	}
	return results, nil
}

const day = 24 * time.Hour

// Load gives the entry of a key, nil for none or a damaged one.
func (s *Store) Load(ctx context.Context, key isr.Key) (*isr.Entry, error) {
	at := name(key)
	results, err := s.do(ctx, s.client.B().Hget().Key(at).Field("e").Build(), s.client.B().Ttl().Key(at).Build())
	if err != nil {
		return nil, err
	}
	text, err := results[0].AsBytes()
	if rueidis.IsRedisNil(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	stored, entry, err := isr.DecodeEntry(text)
	if err != nil || stored != key {
		return nil, nil
	}
	if left, err := results[1].AsInt64(); err == nil && left < int64((isr.IdleRetention-day)/time.Second) {
		// Once a day: it is a change of the key, of which every process is told.
		s.do(ctx, s.client.B().Expire().Key(at).Seconds(int64(isr.IdleRetention/time.Second)).Build())
	}
	return entry, nil
}

// saveScript keeps the entry whose render began later. Times are texts of one length, since numbers of Lua are not exact enough.
var saveScript = rueidis.NewLuaScript(`
local began = redis.call('HGET', KEYS[1], 'b')
if began and began > ARGV[1] then
  return redis.call('HGET', KEYS[1], 'e')
end
redis.call('HSET', KEYS[1], 'b', ARGV[1], 'e', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return false
`)

// Save keeps the later of the entry and what is there.
func (s *Store) Save(ctx context.Context, key isr.Key, entry *isr.Entry) (*isr.Entry, error) {
	if s.lost.Load() {
		return nil, ErrUnreachable
	}
	text, err := isr.EncodeEntry(key, entry)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	began := fmt.Sprintf("%020d", entry.Began.UnixNano())
	retention := fmt.Sprint(int64(isr.IdleRetention / time.Second))
	result := saveScript.Exec(limited, s.client, []string{name(key)}, []string{began, string(text), retention})
	if err := result.NonRedisError(); err != nil {
		if ctx.Err() == nil {
			s.lose()
		}
		return nil, err
	}
	later, err := result.AsBytes()
	if rueidis.IsRedisNil(err) {
		return entry, nil
	}
	if err != nil {
		return nil, err
	}
	_, kept, err := isr.DecodeEntry(later)
	return kept, err
}

// unlockScript frees a lock that is still ours.
var unlockScript = rueidis.NewLuaScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return false
`)

// lockPoll is how often a lock is tried that somebody else has.
const lockPoll = 20 * time.Millisecond

// Lock waits for the lock of a key. It ends by itself after [isr.LockTimeout], should its owner die.
func (s *Store) Lock(ctx context.Context, key isr.Key) (unlock func(), err error) {
	at := lockPrefix + strings.TrimPrefix(name(key), entryPrefix)
	owner := rand.Text()
	for {
		results, err := s.do(ctx, s.client.B().Set().Key(at).Value(owner).Nx().PxMilliseconds(isr.LockTimeout.Milliseconds()).Build())
		if err != nil {
			return nil, err
		}
		err = results[0].Error()
		if err == nil {
			break
		}
		if !rueidis.IsRedisNil(err) {
			return nil, err
		}
		select {
		case <-time.After(lockPoll):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
		defer cancel()
		unlockScript.Exec(ctx, s.client, []string{at}, []string{owner}) // otherwise it ends by itself
	}, nil
}

// Close ends the connection.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.probes.Wait()
	s.client.Close()
	return nil
}
