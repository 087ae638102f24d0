"""What a WSGI server loads: ``gunicorn wsgi:server``."""

from dashapp import create_app, warm_up
from dashapp.settings import Settings

app = create_app(Settings.from_env())
server = app.server
warm_up(app)
