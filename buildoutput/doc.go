// Package buildoutput is the Vercel Build Output API v3 as Go types: the directory, usually .vercel/output, from which
// the platform makes a deployment.
//
//	config.json                        Config
//	static/…                           Output.Static, served as they are
//	functions/NAME.func/               Function; a link to another one is a second name for it
//	functions/NAME.func/.vc-config.json            FunctionConfig
//	functions/NAME.prerender-config.json           PrerenderConfig: NAME goes through the ISR cache
//	functions/NAME.prerender-fallback.html         the response to begin with
//
// [Read] makes an [Output] from a directory, by the rules of the platform's own reader; [Output.Write] makes a directory
// from an Output and puts it in place of the previous one in a single step.
//
// The packages below it are the platform's side of the format: routing resolves a request, isr is the cache, emulator
// runs functions and preview puts them behind an http.Handler.
package buildoutput
