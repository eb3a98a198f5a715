package corpus

import "strings"

// code writes a fenced block in one of six languages, with names that differ from post to post.
func (p post) code(i int) {
	snippet := snippets[i%len(snippets)]
	names := strings.NewReplacer("ALPHA", p.word(), "BETA", p.word(), "GAMMA", p.word(), "DELTA", p.word())
	p.WriteString("```" + snippet.language + "\n")
	names.WriteString(p, snippet.text)
	p.WriteString("```\n\n")
}

var snippets = []struct{ language, text string }{
	{"go", `// ALPHA counts what the BETA has.
func ALPHAOf(BETA []string) (map[string]int, error) {
	GAMMA := make(map[string]int, len(BETA))
	for i, DELTA := range BETA {
		if DELTA == "" {
			return nil, fmt.Errorf("ALPHA %d of %d is empty", i, len(BETA))
		}
		GAMMA[strings.ToLower(DELTA)]++
	}
	return GAMMA, nil
}
`},
	{"python", `import json
from pathlib import Path

def ALPHA_BETA(folder: Path, limit: int = 20) -> dict[str, int]:
    """Count the GAMMA in each file."""
    found = {}
    for path in sorted(folder.glob("*.json"))[:limit]:
        data = json.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = sum(1 for DELTA in data if DELTA.get("GAMMA") is not None)
    return found
`},
	{"bash", `#!/bin/sh
set -eu
ALPHA="${1:-BETA}"
for GAMMA in "$ALPHA"/*.md; do
	if grep -q 'DELTA' "$GAMMA"; then
		echo "found $(wc -l < "$GAMMA") lines in $GAMMA"
	fi
done
`},
	{"json", `{
  "ALPHA": {"BETA": [1, 2.5, true, null], "GAMMA": "DELTA"},
  "revalidate": 3600,
  "items": [
    {"name": "BETA", "enabled": false},
    {"name": "GAMMA", "enabled": true}
  ]
}
`},
	{"yaml", `ALPHA:
  BETA: GAMMA
  retries: 3
  # DELTA is taken from the environment
  hosts: [one.example, two.example]
  rules:
    - match: /DELTA/**
      revalidate: 1h
`},
	{"javascript", `export async function ALPHA(BETA, { GAMMA = 10 } = {}) {
  const response = await fetch(` + "`/api/${BETA}?limit=${GAMMA}`" + `);
  if (!response.ok) {
    throw new Error("DELTA failed: " + response.status);
  }
  const items = await response.json();
  return items.filter((item) => item.DELTA !== undefined).map(({ id, title }) => [id, title]);
}
`},
}
