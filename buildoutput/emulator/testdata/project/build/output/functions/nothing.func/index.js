exports.unrelated = 1
