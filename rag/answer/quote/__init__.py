"""What is quoted: sentences chosen, cited, shown in their paragraph, in the form that the question asks for."""
