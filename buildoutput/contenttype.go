package buildoutput

import (
	"path"
	"strings"
)

// ContentType gives the content type that a static file has by its name, the same on every machine.
//
// Source: getContentType of @vercel/build-utils, which asks the npm package mime-types; charset as there.
func ContentType(name string) string {
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	t, ok := contentTypes[ext]
	switch {
	case !ok:
		return "application/octet-stream"
	case strings.HasPrefix(t, "text/"), withCharset[t]:
		return t + "; charset=utf-8"
	}
	return t
}

// withCharset are the types besides text/ that mime-types gives a charset.
var withCharset = map[string]bool{
	"application/javascript":    true,
	"application/json":          true,
	"application/manifest+json": true,
	"application/ld+json":       true,
}

var contentTypes = map[string]string{
	"html": "text/html", "htm": "text/html", "shtml": "text/html",
	"xhtml": "application/xhtml+xml",
	"css":   "text/css", "csv": "text/csv", "tsv": "text/tab-separated-values",
	"txt": "text/plain", "text": "text/plain", "log": "text/plain", "conf": "text/plain", "ini": "text/plain",
	"md": "text/markdown", "markdown": "text/markdown", "mdx": "text/mdx",
	"ics": "text/calendar", "vcf": "text/x-vcard", "vtt": "text/vtt",
	"yaml": "text/yaml", "yml": "text/yaml",
	"js": "application/javascript", "mjs": "application/javascript", "cjs": "application/node",
	"json": "application/json", "map": "application/json", "json5": "application/json5",
	"jsonld": "application/ld+json", "geojson": "application/geo+json",
	"webmanifest": "application/manifest+json",
	"xml":         "application/xml", "xsl": "application/xml", "xsd": "application/xml",
	"rss": "application/rss+xml", "atom": "application/atom+xml",
	"wasm": "application/wasm", "pdf": "application/pdf", "rtf": "application/rtf",
	"zip": "application/zip", "gz": "application/gzip", "tar": "application/x-tar", "7z": "application/x-7z-compressed",
	"bz2": "application/x-bzip2", "epub": "application/epub+zip", "sh": "application/x-sh", "toml": "application/toml",
	"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "jpe": "image/jpeg", "gif": "image/gif",
	"webp": "image/webp", "avif": "image/avif", "svg": "image/svg+xml", "svgz": "image/svg+xml",
	"ico": "image/vnd.microsoft.icon", "bmp": "image/bmp", "tif": "image/tiff", "tiff": "image/tiff",
	"heic": "image/heic", "heif": "image/heif", "jxl": "image/jxl", "apng": "image/apng",
	"woff": "font/woff", "woff2": "font/woff2", "ttf": "font/ttf", "otf": "font/otf",
	"eot": "application/vnd.ms-fontobject",
	"mp3": "audio/mpeg", "m4a": "audio/mp4", "oga": "audio/ogg", "ogg": "audio/ogg", "opus": "audio/ogg",
	"wav": "audio/wav", "weba": "audio/webm", "aac": "audio/x-aac", "flac": "audio/x-flac",
	"mp4": "video/mp4", "m4v": "video/x-m4v", "webm": "video/webm", "ogv": "video/ogg", "mov": "video/quicktime",
	"mpeg": "video/mpeg", "avi": "video/x-msvideo", "ts": "video/mp2t",
	"doc":  "application/msword",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xls":  "application/vnd.ms-excel",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"ppt":  "application/vnd.ms-powerpoint",
	"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
