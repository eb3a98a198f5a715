package render

// SiteConfig is what templates see of the configuration itself, under Hugo's names.
type SiteConfig struct {
	Services Services
	Privacy  Privacy
}

// Services are accounts at services of others.
type Services struct {
	GoogleAnalytics struct{ ID string }
	Disqus          struct{ Shortname string }
	RSS             struct{ Limit int }
}

// Privacy says which services are to be left out, and how. Who wants none names no account.
type Privacy struct {
	Disqus          struct{ Disable bool }
	GoogleAnalytics struct{ Disable, RespectDoNotTrack bool }
	Instagram, X    struct{ Disable, Simple bool }
	Twitter         struct{ Disable, EnableDNT, Simple bool }
	Vimeo           struct{ Disable, EnableDNT, Simple bool }
	YouTube         struct{ Disable, PrivacyEnhanced bool }
}

// Config is the configuration itself.
func (s *Site) Config() SiteConfig {
	var c SiteConfig
	own := s.config().Services
	c.Services.GoogleAnalytics.ID, c.Services.Disqus.Shortname, c.Services.RSS.Limit = own.GoogleAnalytics, own.Disqus, s.FeedLimit()
	return c
}

// GoogleAnalytics is the id of services.googleAnalytics, under its old name.
func (s *Site) GoogleAnalytics() string { return s.config().Services.GoogleAnalytics }

// DisqusShortname is that of services.disqus, under its old name.
func (s *Site) DisqusShortname() string { return s.config().Services.Disqus }
