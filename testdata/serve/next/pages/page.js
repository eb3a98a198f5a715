// A page of about 10 KB, kept for an hour and rendered anew after that.
export async function getStaticProps() {
  const line = 'A line of text that is about as long as lines of text in a page tend to be, more or less.'
  return { props: { lines: Array.from({ length: 47 }, (_, i) => `${i}: ${line}`) }, revalidate: 3600 }
}

export default function Page({ lines }) {
  return <main>{lines.map((line) => <p key={line}>{line}</p>)}</main>
}
