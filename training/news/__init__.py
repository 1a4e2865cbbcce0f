"""News written for this project: articles and questions that train the readers, and the checks of both."""
