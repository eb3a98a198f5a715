package preview

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/buildoutput/images"
	"github.com/isrgen/isrgen/buildoutput/isr"
)

// Codes for images.
//
// Source: the platform's documentation, "Errors".
const (
	codeImageRequest      = "INVALID_IMAGE_OPTIMIZE_REQUEST"
	codeImageInternal     = "INTERNAL_OPTIMIZED_IMAGE_REQUEST_FAILED"
	codeImageExternal     = "OPTIMIZED_EXTERNAL_IMAGE_REQUEST_FAILED"
	codeImageUnauthorized = "OPTIMIZED_EXTERNAL_IMAGE_REQUEST_UNAUTHORIZED"
	codeImageInvalid      = "OPTIMIZED_EXTERNAL_IMAGE_REQUEST_INVALID"
	codeImageRedirects    = "OPTIMIZED_EXTERNAL_IMAGE_TOO_MANY_REDIRECTS"
)

const (
	imageMemory     = 128 << 20 // bytes of optimised images that are remembered
	imagePatience   = 30 * time.Second
	defaultImageTTL = 60                // seconds
	maxImageTTL     = 31 * 24 * 60 * 60 // seconds

	// defaultImagePolicy keeps an image that is opened as a page from running anything.
	defaultImagePolicy = "script-src 'none'; frame-src 'none'; sandbox;"
)

// imagePaths are where images are asked for. Next.js has a name of its own.
var imagePaths = map[string]bool{"/_vercel/image": true, "/_next/image": true}

// imageService optimises the images of one deployment and remembers them.
type imageService struct {
	config    *buildoutput.Images
	optimizer *images.Optimizer
	known     *otter.Cache[imageKey, *imageEntry]
}

// imageKey names an image in one form. Sources on the deployment may differ by host.
type imageKey struct {
	host, url      string
	width, quality int
	acceptsWebP    bool
}

// imageEntry is an optimised image.
type imageEntry struct {
	images.Image
	etag    string
	made    time.Time
	expires time.Time
}

// newImageService gives nil for a config without images: there is no such service then.
func newImageService(config *buildoutput.Images, log *slog.Logger) *imageService {
	if config == nil {
		return nil
	}
	optimizer, problems := images.New(config)
	for _, problem := range problems {
		log.Warn("image config", "err", problem)
	}
	return &imageService{config, optimizer, otter.Must(&otter.Options[imageKey, *imageEntry]{
		MaximumWeight: imageMemory,
		Weigher:       func(_ imageKey, e *imageEntry) uint32 { return uint32(len(e.Body)) + 512 },
	})}
}

// serveImage answers a request for an optimised image.
func (x *exchange) serveImage(rawQuery string) error {
	if x.r.Method != http.MethodGet && x.r.Method != http.MethodHead {
		return methodNotAllowed()
	}
	service := x.deployment.images
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return &failure{http.StatusBadRequest, codeImageRequest, err.Error()}
	}
	req, err := service.optimizer.Parse(query)
	if err != nil {
		return &failure{http.StatusBadRequest, codeImageRequest, err.Error()}
	}
	entry, status, reason, err := x.image(req)
	if err != nil {
		return err
	}
	x.from(status, reason, time.Since(entry.made))
	x.headers(service.header(req, entry))
	if matches(x.r.Header.Get("If-None-Match"), entry.etag) {
		x.write(http.StatusNotModified, nil)
		return nil
	}
	x.write(http.StatusOK, entry.Body)
	return nil
}

// header gives the headers of an optimised image.
func (s *imageService) header(req *images.Request, entry *imageEntry) http.Header {
	policy, disposition := s.config.ContentSecurityPolicy, s.config.ContentDispositionType
	if policy == "" {
		policy = defaultImagePolicy
	}
	if disposition != "attachment" {
		disposition = "inline"
	}
	return http.Header{
		"Content-Type":            {entry.ContentType},
		"Content-Security-Policy": {policy},
		"Content-Disposition":     {fmt.Sprintf("%s; filename=%q", disposition, fileName(req.URL, entry.ContentType))},
		"Etag":                    {entry.etag},
		"Vary":                    {"Accept"},
		"X-Content-Type-Options":  {"nosniff"},
	}
}

// fileName names an image after its source and its own type. Only plain characters of the name remain.
func fileName(source *url.URL, contentType string) string {
	base := path.Base(source.Path)
	base = strings.TrimSuffix(base, path.Ext(base))
	base = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return -1
	}, base)
	if base == "" {
		base = "image"
	}
	_, subtype, _ := strings.Cut(contentType, "/")
	subtype, _, _ = strings.Cut(subtype, "+")
	return base + "." + subtype
}

// image gives an image from memory, or makes it, once for all who wait for it.
func (x *exchange) image(req *images.Request) (*imageEntry, isr.Status, isr.Reason, error) {
	known := x.deployment.images.known
	key := imageKey{strings.ToLower(x.r.Host), req.URL.String(), req.Width, req.Quality, images.AcceptsWebP(x.r.Header.Get("Accept"))}
	if entry, ok := known.GetIfPresent(key); ok {
		if time.Now().Before(entry.expires) {
			return entry, isr.Hit, "", nil
		}
		known.Invalidate(key)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.r.Context()), imagePatience)
	defer cancel()
	reason := isr.Collapsed
	entry, err := known.Get(ctx, key, otter.LoaderFunc[imageKey, *imageEntry](func(ctx context.Context, _ imageKey) (*imageEntry, error) {
		reason = isr.Cold
		return x.makeImage(ctx, req, key.acceptsWebP)
	}))
	return entry, isr.Miss, reason, err
}

// makeImage fetches the source of an image and optimises it.
func (x *exchange) makeImage(ctx context.Context, req *images.Request, acceptsWebP bool) (*imageEntry, error) {
	fetch, invalid := x.localImage, failure{http.StatusBadRequest, codeImageRequest, ""}
	if req.URL.Host != "" {
		fetch, invalid = x.remoteImage, failure{http.StatusBadGateway, codeImageInvalid, ""}
	}
	source, header, err := fetch(ctx, req.URL)
	if err != nil {
		return nil, err
	}
	img, err := x.deployment.images.optimizer.Optimize(ctx, source, req, acceptsWebP)
	if errors.Is(err, images.ErrNotImage) {
		invalid.detail = err.Error()
		return nil, &invalid
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(img.Body)
	now := time.Now()
	return &imageEntry{
		Image:   *img,
		etag:    `"` + hex.EncodeToString(sum[:16]) + `"`,
		made:    now,
		expires: now.Add(x.deployment.images.lifetime(header)),
	}, nil
}

// lifetime is how long an image is good: as long as its source says, but no shorter than the config's minimumCacheTTL.
func (s *imageService) lifetime(source http.Header) time.Duration {
	least := defaultImageTTL
	if s.config.MinimumCacheTTL != nil {
		least = *s.config.MinimumCacheTTL
	}
	return time.Duration(max(least, maxAge(source))) * time.Second
}

// maxAge is how many seconds a source may be kept, 0 if it does not say, and a month at most.
func maxAge(source http.Header) int {
	seconds := 0
	for directive := range strings.SplitSeq(source.Get("Cache-Control"), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		n, err := strconv.Atoi(value)
		switch {
		case err != nil:
		case strings.EqualFold(name, "s-maxage"):
			return min(n, maxImageTTL)
		case strings.EqualFold(name, "max-age"):
			seconds = min(n, maxImageTTL)
		}
	}
	return seconds
}
