"""The sandbox eSchoolPLUS."""
