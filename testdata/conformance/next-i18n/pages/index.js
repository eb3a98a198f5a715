export const getStaticProps = ({ locale }) => ({ props: { locale } })

export default function Home({ locale }) {
  return <p>{`home locale=${locale}`}</p>
}
