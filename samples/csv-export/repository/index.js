'use strict';

module.exports = { ...require('./lib/read.js'), ...require('./lib/write.js') };
