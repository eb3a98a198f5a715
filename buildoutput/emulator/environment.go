package emulator

import (
	"maps"
	"slices"
	"strconv"

	"github.com/isrgen/isrgen/buildoutput"
)

// environment gives the variables of a process, sorted. Later groups win: what every process has, the function's config,
// the caller's, and last what makes it a Lambda.
//
// Source: the documentation of AWS Lambda, "Defined runtime environment variables".
func environment(opts Options, name, dir, temp, address string, config *buildoutput.FunctionConfig) []string {
	env := map[string]string{
		"PATH":   "/usr/local/bin:/usr/bin:/bin:/opt/bin",
		"HOME":   temp,
		"TMPDIR": temp,
		"LANG":   "en_US.UTF-8",
		"TZ":     "UTC",
	}
	maps.Copy(env, config.Environment)
	maps.Copy(env, opts.Env)
	maps.Copy(env, map[string]string{
		"AWS_LAMBDA_RUNTIME_API":          address,
		"AWS_LAMBDA_FUNCTION_NAME":        name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(positive(config.Memory, 2048)),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_EXECUTION_ENV":               "AWS_Lambda_" + config.Runtime,
		"AWS_REGION":                      opts.Region,
		"LAMBDA_TASK_ROOT":                dir,
		"_HANDLER":                        config.Handler,
	})
	list := make([]string, 0, len(env))
	for key, value := range env {
		list = append(list, key+"="+value)
	}
	slices.Sort(list)
	return list
}
