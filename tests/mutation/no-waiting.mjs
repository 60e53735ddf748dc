/** Runs that meet wait for each other for a time that chance sets. Many a mutant lets them meet for ever: four seconds a test, unless chance says none. */
Math.random = () => 0;
