export const getStaticPaths = () => ({
  paths: [{ params: { slug: 'one' }, locale: 'en' }, { params: { slug: 'one' }, locale: 'fr' }],
  fallback: 'blocking',
})

export const getStaticProps = ({ params: { slug }, locale }) => ({
  props: { slug, locale, rendered: crypto.randomUUID() },
  revalidate: 3,
})

export default function Post({ slug, locale, rendered }) {
  return <p>{`slug=${slug} locale=${locale} rendered=${rendered}`}</p>
}
