package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/isrgen/isrgen/buildoutput/preview"
)

func newDeployments() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "deployments",
		Short: "List and switch the outputs that a running preview has served",
		Long: `A preview keeps the last outputs that it has served, with the pages that were generated while each was live. These commands ask
a running preview to list them, or to serve another one from the next request on. A new build is served when it comes, and
starts from its own fallbacks.`,
		Example: `  isrgen deployments list
  isrgen deployments rollback
  isrgen deployments promote 9f86d081884c7d65 --url http://localhost:8080`,
		Args: cobra.NoArgs,
	}
	var address string
	var asJSON bool
	cmd.PersistentFlags().StringVar(&address, "url", "http://localhost:3000", "`address` of the preview")
	list := &cobra.Command{
		Use: "list", Short: "List the outputs, the last first", Args: cobra.NoArgs, Example: "  isrgen deployments list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withInspector(address, func(i *inspector) error { return i.list(cmd, asJSON) })
		},
	}
	list.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	cmd.AddCommand(list,
		&cobra.Command{
			Use: "promote ID", Short: "Serve one of them", Args: cobra.ExactArgs(1), Example: "  isrgen deployments promote 9f86d081884c7d65",
			RunE: func(cmd *cobra.Command, args []string) error {
				return withInspector(address, func(i *inspector) error {
					if err := i.act(cmd.Context(), "promote", map[string]string{"id": args[0]}, nil); err != nil {
						return err
					}
					fmt.Fprintf(cmd.OutOrStdout(), "Serving %s\n", args[0])
					return nil
				})
			},
		},
		&cobra.Command{
			Use: "rollback", Short: "Serve the one before the current", Args: cobra.NoArgs, Example: "  isrgen deployments rollback",
			RunE: func(cmd *cobra.Command, _ []string) error {
				return withInspector(address, func(i *inspector) error {
					var served struct{ ID string }
					if err := i.act(cmd.Context(), "rollback", struct{}{}, &served); err != nil {
						return err
					}
					fmt.Fprintf(cmd.OutOrStdout(), "Serving %s\n", served.ID)
					return nil
				})
			},
		})
	return cmd
}

// inspector speaks to the inspector of a running preview.
type inspector struct {
	base   *url.URL
	client *http.Client
}

// withInspector does something with the inspector at an address. What goes wrong is a failure, a wrong address one of the command
// line.
func withInspector(address string, do func(*inspector) error) error {
	base, err := url.Parse(address)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return fmt.Errorf("--url %q is not an address: write it as http://localhost:3000", address)
	}
	err = do(&inspector{base, &http.Client{Timeout: time.Minute}})
	if errors.Is(err, syscall.ECONNREFUSED) {
		err = fmt.Errorf("nothing listens at %s: start `isrgen preview`, or name its address with --url", address)
	}
	if err != nil {
		return failure{err}
	}
	return nil
}

func (i *inspector) list(cmd *cobra.Command, asJSON bool) error {
	var state preview.State
	if err := i.ask(cmd.Context(), http.MethodGet, "state", nil, &state); err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd, state.Deployments)
	}
	table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "  Deployment\tFirst served")
	for _, d := range state.Deployments {
		mark := " "
		if d.Current {
			mark = "●"
		}
		fmt.Fprintf(table, "%s %s\t%s\n", mark, d.ID, d.Since.Local().Format(time.DateTime))
	}
	return table.Flush()
}

// act asks for an action, and gives its result.
func (i *inspector) act(ctx context.Context, action string, request, result any) error {
	return i.ask(ctx, http.MethodPost, action, request, result)
}

func (i *inspector) ask(ctx context.Context, method, action string, request, result any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, i.base.JoinPath(preview.InspectorPath, "api", action).String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set(preview.InspectorHeader, "1")
	resp, err := i.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return err
	}
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusUnprocessableEntity:
		var refused struct{ Error string }
		if json.Unmarshal(text, &refused) == nil && refused.Error != "" {
			return errors.New(refused.Error)
		}
		fallthrough
	default:
		return fmt.Errorf("%s answers %s: is it a preview with an inspector? %s", i.base, resp.Status, strings.TrimSpace(string(text[:min(200, len(text))])))
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(text, result)
}
