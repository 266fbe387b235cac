<?php
// sabre/dav over a folder, with locks; PHP calls this for each request.
error_reporting(0);
ini_set('display_errors', '0');
date_default_timezone_set('UTC');
require_once '/usr/share/php/Sabre/autoload.php';

$$server = new \Sabre\DAV\Server(new \Sabre\DAV\FSExt\Directory('$root'));
$$server->setBaseUri('/');
$$server->addPlugin(new \Sabre\DAV\Locks\Plugin(new \Sabre\DAV\Locks\Backend\File('$folder/locks')));
$$server->exec();
