export const getStaticPaths = () => ({ paths: [{ params: { id: 'one' } }], fallback: true })

export const getStaticProps = ({ params: { id }, draftMode = false }) => {
  if (id === 'missing') return { notFound: true, revalidate: 3 }
  if (id === 'moved') return { redirect: { destination: '/target', permanent: false }, revalidate: 3 }
  return { props: { id, draft: draftMode, rendered: crypto.randomUUID() }, revalidate: 3 }
}

export default function Page({ id, draft, rendered }) {
  return <p>{id ? `id=${id} draft=${draft} rendered=${rendered}` : 'loading'}</p>
}
