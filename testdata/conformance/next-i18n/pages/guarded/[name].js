export const getServerSideProps = ({ locale, params, resolvedUrl }) => ({ props: { locale, name: params.name, resolvedUrl } })

export default function Guarded({ locale, name, resolvedUrl }) {
  return <p>{`name=${name} locale=${locale} url=${resolvedUrl}`}</p>
}
