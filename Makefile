# `sam build` calls build-<LogicalId> for each function; it needs nothing installed before.
build-Dispatcher: FN = dispatcher
build-Reader: FN = reader
build-Worker: FN = worker
build-Closer: FN = closer
build-Dispatcher build-Reader build-Worker build-Closer: node_modules
	node scripts/build.mjs $(FN) "$(ARTIFACTS_DIR)"
node_modules: package-lock.json
	npm ci --no-audit --no-fund
	@touch node_modules
