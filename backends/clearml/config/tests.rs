//! What is found in variables and files, in temporary homes.
