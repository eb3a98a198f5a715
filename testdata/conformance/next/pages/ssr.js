export const getServerSideProps = ({ req, res, query }) => {
  res.setHeader('set-cookie', 'seen=yes')
  return { props: { session: req.cookies.session ?? 'nobody', q: query.q ?? 'none' } }
}

export default function Page({ session, q }) {
  return <p>{`session=${session} q=${q}`}</p>
}
