package emulator

import (
	"maps"
	"slices"
	"strconv"
)

// environment gives the variables of a process, sorted. Later groups win: what every process has, the function's config,
// the caller's, what makes it a Lambda, and last those of the way in which it is spoken to.
//
// Source: the documentation of AWS Lambda, "Defined runtime environment variables"; the platform's documentation, "System
// environment variables".
func (p *program) environment(temp string, own map[string]string) []string {
	env := map[string]string{
		"PATH":          "/usr/local/bin:/usr/bin:/bin:/opt/bin",
		"HOME":          temp,
		"TMPDIR":        temp,
		"LANG":          "en_US.UTF-8",
		"TZ":            "UTC",
		"VERCEL":        "1",
		"VERCEL_ENV":    "preview",
		"VERCEL_REGION": p.opts.Region,
	}
	if p.engine != "" {
		env["NODE_ENV"] = "production"
	}
	maps.Copy(env, p.config.Environment)
	maps.Copy(env, p.opts.Env)
	maps.Copy(env, map[string]string{
		"AWS_LAMBDA_FUNCTION_NAME":        p.name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(positive(p.config.Memory, 2048)),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_EXECUTION_ENV":               "AWS_Lambda_" + p.config.Runtime,
		"AWS_REGION":                      p.opts.Region,
		"LAMBDA_TASK_ROOT":                p.dir,
		"_HANDLER":                        p.config.Handler,
	})
	maps.Copy(env, own)
	list := make([]string, 0, len(env))
	for key, value := range env {
		list = append(list, key+"="+value)
	}
	slices.Sort(list)
	return list
}
