"""A student information system that has nothing in common with eSchoolPLUS, and its adapter."""
