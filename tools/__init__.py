"""Programs that make documents, pictures and the site; sentences stand in their templates."""
