package deployment

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/isrgen/isrgen/buildoutput"
	"github.com/isrgen/isrgen/generator/strictyaml"
)

const (
	longestCronPath = 512
	cronAdvice      = "write five fields in UTC, minute hour day month weekday, such as `0 5 * * *` for every day at five"
)

// decodeCrons decodes what the platform requests on a schedule.
//
// Source: the platform's documentation, "Cron Jobs"; limits from the schema of its CLI.
func decodeCrons(d *strictyaml.Document, into *[]buildoutput.Cron) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.Items(n, "crons", "write a list, each item with `path:` and `schedule:`", func(item *yaml.Node) {
			var cron buildoutput.Cron
			d.Fields(item, "a cron", strictyaml.Fields{"path": d.String(&cron.Path), "schedule": d.String(&cron.Schedule)})
			at := strictyaml.Find(item, "path")
			switch {
			case !strings.HasPrefix(cron.Path, "/"):
				d.Errorf(at, "write the address to request, such as /live/clock/", "the path of a cron, %q, does not begin with /", cron.Path)
			case len(cron.Path) > longestCronPath:
				d.Errorf(at, "shorten it", "the path of a cron has more than %d characters", longestCronPath)
			}
			if err := checkSchedule(cron.Schedule); err != nil {
				d.Errorf(strictyaml.Find(item, "schedule"), cronAdvice, "the schedule %q: %v", cron.Schedule, err)
			}
			cron.Schedule = strings.Join(strings.Fields(cron.Schedule), " ")
			*into = append(*into, cron)
		})
	}
}

// cronFields are the fields of a schedule and their ranges. A weekday of 7 is none: Sunday is 0.
var cronFields = []struct {
	name        string
	least, most int
}{{"minute", 0, 59}, {"hour", 0, 23}, {"day", 1, 31}, {"month", 1, 12}, {"weekday", 0, 6}}

// checkSchedule checks a cron expression. The platform knows no names such as MON, and no schedule by day and weekday at once.
func checkSchedule(schedule string) error {
	fields := strings.Fields(schedule)
	if len(fields) != len(cronFields) {
		return fmt.Errorf("there are %d fields, not 5", len(fields))
	}
	for i, field := range cronFields {
		for part := range strings.SplitSeq(fields[i], ",") {
			if err := checkCronPart(part, field.least, field.most); err != nil {
				return fmt.Errorf("%s %w", field.name, err)
			}
		}
	}
	if fields[2] != "*" && fields[4] != "*" {
		return fmt.Errorf("day and weekday cannot both be set: one of them must be *")
	}
	return nil
}

var cronPart = regexp.MustCompile(`^(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,2}))?$`)

// checkCronPart checks one of *, 5, 1-5, */10 and 1-20/5.
func checkCronPart(part string, least, most int) error {
	match := cronPart.FindStringSubmatch(part)
	if match == nil {
		return fmt.Errorf("%q is none of *, a number, a range such as 1-5 and a step such as */10", part)
	}
	for _, text := range match[1:3] {
		if number, _ := strconv.Atoi(text); text != "" && (number < least || number > most) {
			return fmt.Errorf("%d is not from %d to %d", number, least, most)
		}
	}
	from, _ := strconv.Atoi(match[1])
	if to, _ := strconv.Atoi(match[2]); match[2] != "" && from > to {
		return fmt.Errorf("%q ends before it begins", part)
	}
	if step, _ := strconv.Atoi(match[3]); match[3] != "" && (step < 1 || step > most) {
		return fmt.Errorf("%q has a step that is not from 1 to %d", part, most)
	}
	return nil
}
