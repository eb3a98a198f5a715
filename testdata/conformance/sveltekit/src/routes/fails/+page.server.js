export const load = () => { throw new Error('secret detail') }
