const VOWELS = 'aeiouyäö'

exports.count = (word) => [...word.toLowerCase()].filter((c) => VOWELS.includes(c)).length
